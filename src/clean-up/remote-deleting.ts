import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import type { PlacedItem } from '../plans/stored-plan.ts';
import type { Account, DeletionOutcome, DeletionTarget } from '../providers/account.ts';
import type { RemoteView } from './remote-view.ts';

/** What became of one item. */
export interface ItemOutcome {
  readonly placed: PlacedItem;
  /** `gone`: it was gone before. */
  readonly result: 'deleted' | 'gone' | 'kept';
  /** Why it was kept, a sentence. */
  readonly reason?: string;
}

export interface RemoteDeleting {
  readonly account: Account;
  /** As it is now. */
  readonly view: RemoteView;
  readonly signal: AbortSignal;
  /** What it throws ends the work. */
  readonly beforePiece?: (() => Promise<void>) | undefined;
}

const TARGETS_AT_ONCE = 100;

/**
 * Deletes items of one repository. Nothing goes before all that names it, nor when that was refused; what is not as it
 * was planned stays. Ends after each batch: what is told of was done.
 *
 * @throws {ProviderError} it cannot be asked: what was not told of was not deleted, or will be found gone.
 */
export async function* deleteRemote(
  deleting: RemoteDeleting,
  items: readonly PlacedItem[],
): AsyncGenerator<readonly ItemOutcome[], void> {
  const { view, signal, beforePiece } = deleting;
  const present = new Set(view.images.keys());
  let pending = items;
  while (pending.length > 0) {
    const looked = pending.map((placed) => ({ placed, why: whyNotNow(placed, view, present) }));
    const ready = looked.flatMap(({ placed, why }) => (why === undefined ? [placed] : []));
    if (ready.length === 0) {
      yield looked.map(({ placed, why = '' }) => ({ placed, result: 'kept', reason: why }));
      return;
    }
    pending = looked.flatMap(({ placed, why }) => (why === undefined ? [] : [placed]));
    for (let start = 0; start < ready.length; start += TARGETS_AT_ONCE) {
      signal.throwIfAborted();
      await beforePiece?.();
      const outcomes = await deleteBatch(deleting, ready.slice(start, start + TARGETS_AT_ONCE));
      for (const { placed, result } of outcomes) {
        if (placed.item.kind === 'manifest' && result !== 'kept') present.delete(placed.item.digest);
      }
      yield outcomes;
    }
  }
}

function whyNotNow({ item }: PlacedItem, view: RemoteView, present: ReadonlySet<Digest>): string | undefined {
  const { kind, role, digest, follows } = item;
  const image = kind === 'manifest' ? view.images.get(digest) : undefined;
  const index = image?.indexes.find((one) => present.has(one));
  if (index !== undefined) return `index ${index} names it`;
  // What is about something that stays is needed there; of children, the index above has said it.
  const stays = role === 'referrer' && follows !== undefined && present.has(follows);
  return stays ? `it is about ${follows}, which stays` : undefined;
}

async function deleteBatch(
  { account, view, signal }: RemoteDeleting,
  batch: readonly PlacedItem[],
): Promise<readonly ItemOutcome[]> {
  const outcomes = new Map<PlacedItem, ItemOutcome>();
  const ownerByKey = new Map<string, PlacedItem>();
  const targets: DeletionTarget[] = [];
  for (const placed of batch) {
    const found = targetsOf(placed, account, view);
    if (!Array.isArray(found)) {
      outcomes.set(placed, found as ItemOutcome);
      continue;
    }
    for (const target of found) ownerByKey.set(keyOf(target), placed);
    targets.push(...found);
  }
  if (targets.length > 0) {
    for await (const outcome of account.delete(view.repository.name, targets, signal)) {
      const placed = ownerByKey.get(keyOf(outcome.target));
      if (placed !== undefined) outcomes.set(placed, joined(outcomes.get(placed), { placed, ...resultOf(outcome) }));
    }
  }
  return batch.map(
    (placed) =>
      outcomes.get(placed) ?? { placed, result: 'kept', reason: 'the registry did not say what became of it' },
  );
}

/** What to ask for; or what became of it already. */
function targetsOf(
  placed: PlacedItem,
  { deletion }: Account,
  view: RemoteView,
): readonly DeletionTarget[] | ItemOutcome {
  const { kind, digest, tags } = placed.item;
  const tagTargets = (names: readonly string[]): readonly DeletionTarget[] =>
    names.map((tag) => ({ kind: 'tag', tag, digest }));
  if (kind === 'tag') {
    const [tag = '' as Tag] = tags;
    const now = view.digestByTag.get(tag);
    if (now === undefined) return { placed, result: 'gone' };
    return now === digest ? tagTargets([tag]) : { placed, result: 'kept', reason: `it names ${now} by now` };
  }
  const image = view.images.get(digest);
  if (image === undefined) return { placed, result: 'gone' };
  const fresh = image.tags.filter((tag) => !tags.includes(tag));
  if (fresh.length > 0) return { placed, result: 'kept', reason: `${fresh.join(', ')} name it by now` };
  if (!deletion.manifest) return tagTargets(image.tags);
  const reference = view.remote.get(digest)?.reference;
  const isIndex = image.depth > 0;
  return [{ kind: 'manifest', digest, tags: image.tags, isIndex, ...(reference !== undefined && { reference }) }];
}

function keyOf(target: DeletionTarget): string {
  return target.kind === 'tag' ? `tag ${target.tag}` : target.digest;
}

function resultOf({ result, reason }: DeletionOutcome): Pick<ItemOutcome, 'result' | 'reason'> {
  if (result === 'refused') return { result: 'kept', reason: reason ?? 'the registry refuses it' };
  return { result: result === 'gone-already' ? 'gone' : 'deleted' };
}

/** Of an image whose tags go one by one: one that is kept keeps it. */
function joined(before: ItemOutcome | undefined, after: ItemOutcome): ItemOutcome {
  if (before?.result === 'kept') return before;
  return before?.result === 'deleted' && after.result === 'gone' ? before : after;
}
