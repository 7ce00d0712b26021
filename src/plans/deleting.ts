import type { Actor } from '../metadata/actor.ts';
import type { Database } from '../metadata/database.ts';
import { listPlanItems, savePlanProgress } from '../metadata/plans.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Deletions } from '../registry/deletions.ts';
import { pagesOf } from './pages.ts';
import type { PlanResult } from './plan.ts';
import { placedItemOf, type PlacedItem } from './stored-plan.ts';

/** What is deleted in one transaction, which pushes to the repository wait for: some tens of milliseconds. */
const ITEMS_PER_BATCH = 100;

export interface DeletingParts {
  readonly db: Database;
  readonly deletions: Pick<Deletions, 'deleteMany'>;
}

export interface DeletingOptions {
  readonly planId: string;
  readonly actor: Actor;
  /** When it was decided, or looked at again: what is pushed later stays. */
  readonly asOf: Date;
  /** Where it was stopped. */
  readonly from: PlanResult;
  readonly signal: AbortSignal;
  /** What it throws ends the work. */
  readonly beforePiece?: (() => Promise<void>) | undefined;
  readonly onProgress: (result: PlanResult) => void;
  /** Something that was to go stays. */
  readonly onKept: (kept: KeptItem) => void;
}

export interface KeptItem {
  readonly repository: RepositoryName;
  readonly digest: string;
  readonly tag?: string;
  readonly reason: string;
}

/**
 * Deletes what a plan says, a batch at a time. How far it has come is written down after each, so that it may be stopped
 * or killed at any line: what was deleted and not written down is found gone when it goes on.
 */
export async function deletePlanned(parts: DeletingParts, options: DeletingOptions): Promise<PlanResult> {
  const { planId, from, signal } = options;
  let result = from;
  for await (const batch of batchesOf(parts.db, planId, { after: from.position, signal })) {
    await options.beforePiece?.();
    result = await deleteBatch(parts, options, { batch, result });
    const text = JSON.stringify(result);
    await parts.db.transaction((tx) => savePlanProgress(tx, planId, text), { durable: false });
    options.onProgress(result);
    signal.throwIfAborted();
  }
  return result;
}

async function deleteBatch(
  { deletions }: DeletingParts,
  { planId, actor, asOf, onKept }: DeletingOptions,
  { batch, result }: { readonly batch: readonly PlacedItem[]; readonly result: PlanResult },
): Promise<PlanResult> {
  const [first] = batch;
  const position = batch.at(-1)?.position ?? result.position;
  const items = batch
    .map(({ item }) => item)
    .filter(({ action, skipped }) => action === 'delete' && skipped === undefined);
  if (first === undefined || items.length === 0) return { ...result, position };
  const { repository } = first.item;
  const targets = items.filter(({ kind }) => kind === 'manifest');
  const alsoTags = items.flatMap(({ kind, digest, tags }) =>
    kind === 'tag' ? tags.map((tag) => ({ tag, digest })) : [],
  );
  const done = await deletions.deleteMany(repository, targets, { actor, planId, asOf, alsoTags });
  for (const kept of done.kept) onKept({ repository, ...kept });
  return {
    position,
    manifests: result.manifests + done.deleted.length,
    tags: result.tags + done.deletedTags.length,
    kept: result.kept + done.kept.length,
  };
}

/**
 * Items of one repository each. What goes with something is in the batch of it, so that it is one entry of the trash and
 * comes back together, and so that it stays when that stays.
 */
async function* batchesOf(
  db: Database,
  planId: string,
  { after: start, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly PlacedItem[], void> {
  let batch: PlacedItem[] = [];
  const page = (after: number, limit: number) => listPlanItems(db, { planId, after, limit });
  for await (const rows of pagesOf(start, page, ({ position }) => position, signal)) {
    for (const placed of rows.map(placedItemOf)) {
      if (isComplete(batch, placed)) {
        yield batch;
        batch = [];
      }
      batch.push(placed);
    }
  }
  if (batch.length > 0) yield batch;
}

function isComplete(batch: readonly PlacedItem[], { item }: PlacedItem): boolean {
  const [first] = batch;
  if (first === undefined) return false;
  return first.item.repository !== item.repository || (batch.length >= ITEMS_PER_BATCH && item.follows === undefined);
}
