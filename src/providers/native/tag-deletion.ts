import type { DeletionOutcome, DeletionTarget } from '../account.ts';
import { sortedByName } from '../names.ts';

export type DeletionResult = Pick<DeletionOutcome, 'result' | 'reason'>;

export interface TagDeletion {
  readonly targets: readonly DeletionTarget[];
  /** @param digest what it named when it was decided on: a tag that names something else since is kept. */
  readonly deleteTag: (tag: string, digest: string | undefined) => Promise<DeletionResult>;
  /** What becomes of images without tags there: why none is deleted. */
  readonly untagged: string;
}

/** Deletes where only tags can be deleted, and the registry takes away what has none: an image goes by all its tags. */
export async function* deleteByTags({
  targets,
  deleteTag,
  untagged,
}: TagDeletion): AsyncGenerator<DeletionOutcome, void> {
  const { named, refused } = sortedByName(targets);
  yield* refused;
  for (const target of named) {
    if (target.kind === 'tag') yield { target, ...(await deleteTag(target.tag, target.digest)) };
    else yield { target, ...(await deleteImage(target, { deleteTag, untagged })) };
  }
}

async function deleteImage(
  { tags, digest }: DeletionTarget & { readonly kind: 'manifest' },
  { deleteTag, untagged }: Omit<TagDeletion, 'targets'>,
): Promise<DeletionResult> {
  if (tags.length === 0) return { result: 'refused', reason: untagged };
  const results: DeletionResult[] = [];
  for (const tag of tags) {
    const result = await deleteTag(tag, digest);
    if (result.result === 'refused') {
      return { result: 'refused', reason: `Its tag ${tag} could not be deleted. ${result.reason ?? ''}`.trim() };
    }
    results.push(result);
  }
  return { result: results.every(({ result }) => result === 'gone-already') ? 'gone-already' : 'deleted' };
}

/** The tag is not what it was when somebody decided to delete it. */
export function movedSince(tag: string): DeletionResult {
  return { result: 'refused', reason: `The tag ${tag} names something else by now.` };
}
