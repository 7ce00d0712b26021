import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import { patternsOf, Tally, type Evaluated, type EvaluationProgress, type Permitted } from '../plans/evaluation.ts';
import { itemsOf } from '../plans/plan-items.ts';
import type { PlanItem, PlanSource } from '../plans/plan.ts';
import { removalOf, type Protections, type Removal } from '../plans/removal.ts';
import type { Account } from '../providers/account.ts';
import { remoteChooserOf } from './remote-choice.ts';
import { viewRemote, type RemoteView } from './remote-view.ts';

export interface RemoteEvaluation {
  readonly source: PlanSource;
  /** Ages are counted to this moment. */
  readonly asOf: Date;
  /** Only these may go, of what else would. */
  readonly permitted?: Permitted;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** Takes one repository, with its items in an order in which they can be deleted. */
export type RemoteSink = (view: RemoteView, items: readonly PlanItem[]) => Promise<void>;

/**
 * Finds out what would go from another registry, a repository at a time.
 *
 * @throws {ProviderError} @throws {PolicyInvalidError} @throws {PatternInvalidError} @throws {TagPatternInvalidError}
 */
export async function evaluateRemote(
  account: Account,
  { source, asOf, permitted, signal, onProgress }: RemoteEvaluation,
  sink: RemoteSink,
): Promise<Evaluated> {
  const choose = remoteChooserOf(source);
  const tally = new Tally();
  let bytes = 0;
  for await (const name of repositoriesOf(account, patternsOf(source), signal)) {
    const view = await viewRemote(account, name, signal);
    const protections = protectionsOf(account, view, permitted);
    const removal = withoutTagsAlone(account, removalOf(view, choose(view, asOf), protections));
    const sizes = new Map(removal.manifests.map(({ image }) => [image.digest, image.size]));
    const items = itemsOf(view.repository.name, removal, sizes);
    tally.add(items, view.images.size);
    // What an index is made of is counted with it.
    for (const item of items) if (item.role !== 'child') bytes += item.bytes ?? 0;
    await sink(view, items);
    onProgress?.(tally.progress);
  }
  return tally.end(bytes);
}

const REPOSITORIES_PER_PAGE = 100;

async function* repositoriesOf(
  account: Account,
  texts: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const patterns = texts.map(parseRepositoryPattern);
  // What is named need not be listed, which not all registries can.
  if (texts.every((text) => !text.includes('*'))) {
    yield* new Set(texts);
    return;
  }
  const seen = new Set<string>();
  let after: string | undefined;
  do {
    const page = { limit: REPOSITORIES_PER_PAGE, ...(after !== undefined && { after }) };
    const { items, next } = await account.repositories(page, signal);
    signal.throwIfAborted();
    for (const { name } of items) {
      if (seen.has(name) || !patterns.some((pattern) => pattern.matches(name))) continue;
      seen.add(name);
      yield name;
    }
    after = next === after ? undefined : next;
  } while (after !== undefined);
}

function protectionsOf({ deletion }: Account, view: RemoteView, permitted: Permitted | undefined): Protections {
  const { name } = view.repository;
  const lockOf = (digest: Digest): string | undefined => view.remote.get(digest)?.lockedBecause;
  // Another than itself: of several, two are enough.
  const unread = [...view.unread].slice(0, 2);
  return {
    whyNotDelete: ({ digest, tags }) => {
      const locked = lockOf(digest);
      if (locked !== undefined) return locked;
      if (!deletion.manifest)
        return tags.length === 0 ? 'this registry deletes tags alone, and it has none' : undefined;
      if (view.maybeAbout.has(digest)) return 'what it is about could not be read, and that may stay';
      const index = unread.find((one) => one !== digest);
      return index === undefined ? undefined : `what ${index} names could not be read, and may be this`;
    },
    whyNotDeleteTag: (tag: Tag, digest) =>
      permitted?.hasTag(name, tag) === false ? 'it is not to go' : lockOf(digest),
    isPlanned: ({ digest }) => permitted?.hasManifest(name, digest) ?? true,
  };
}

/** Where a tag goes only with its image, one that is not alone stays. */
function withoutTagsAlone({ deletion }: Account, removal: Removal): Removal {
  if (deletion.tag !== 'no') return removal;
  const blockedBy = ['this registry deletes a tag only with its image, which stays'];
  const blocked = removal.tags.map((removed) => ({ ...removed, blockedBy }));
  return { ...removal, tags: [], blocked: [...removal.blocked, ...blocked] };
}
