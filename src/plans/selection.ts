import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { parseTagPattern, type TagPattern } from '../oci/tag-pattern.ts';
import type { Choice, Reason } from './choice.ts';
import type { RepositoryView, ViewedImage } from './repository-view.ts';

/** What somebody wants gone. What is said besides the repositories narrows `tags` and `untagged`, not `digests`. */
export interface Selection {
  /** A repository pattern. */
  readonly repositories: string;
  /** Tags, or patterns of tags. An image goes when all its tags are meant; else only those tags do. */
  readonly tags?: readonly string[] | undefined;
  /** Manifests, with all their tags. */
  readonly digests?: readonly Digest[] | undefined;
  /** Manifests that have no tag, that no index names, and that are about nothing that is here. */
  readonly untagged?: boolean | undefined;
  /** Pushed at least so long ago. */
  readonly olderThanSeconds?: number | undefined;
  /** Neither pulled nor pushed since so long. */
  readonly notPulledForSeconds?: number | undefined;
}

/** Chooses in one repository. Ages are counted to `asOf`. */
export type SelectionChooser = (view: RepositoryView, asOf: Date) => Choice;

/** @throws {TagPatternInvalidError} */
export function readSelection(selection: Selection): SelectionChooser {
  const { untagged = false, digests = [], tags = [] } = selection;
  const patterns = tags.map(parseTagPattern);
  return (view, asOf) => {
    const isOldEnough = ageTest(selection, asOf);
    const manifests = new Map<Digest, Reason>();
    if (untagged) {
      for (const image of view.images.values()) {
        if (isLeftAlone(image, view) && isOldEnough(image)) manifests.set(image.digest, { text: 'it has no tag' });
      }
    }
    for (const digest of digests) if (view.images.has(digest)) manifests.set(digest, { text: 'it was named' });
    return { manifests, tags: chooseTags(view, patterns, isOldEnough), withImages: true, blocked: [] };
  };
}

function chooseTags(
  { digestByTag, images }: RepositoryView,
  patterns: readonly TagPattern[],
  isOldEnough: (image: ViewedImage) => boolean,
): ReadonlyMap<Tag, Reason> {
  const chosen = new Map<Tag, Reason>();
  if (patterns.length === 0) return chosen;
  for (const [tag, digest] of digestByTag) {
    const pattern = patterns.find((one) => one.matches(tag));
    const image = images.get(digest);
    if (pattern === undefined || image === undefined || !isOldEnough(image)) continue;
    chosen.set(tag, { text: pattern.text === tag ? `tag ${tag} was named` : `tag ${tag} is one of ${pattern.text}` });
  }
  return chosen;
}

function isLeftAlone({ tags, indexes, subject }: ViewedImage, { images }: RepositoryView): boolean {
  return tags.length === 0 && indexes.length === 0 && (subject === null || !images.has(subject));
}

function ageTest({ olderThanSeconds, notPulledForSeconds }: Selection, asOf: Date): (image: ViewedImage) => boolean {
  const pushedBefore = beginningOf(olderThanSeconds, asOf);
  const usedBefore = beginningOf(notPulledForSeconds, asOf);
  return ({ pushedAt, pulledAt }) => pushedAt <= pushedBefore && Math.max(pushedAt, pulledAt ?? 0) <= usedBefore;
}

function beginningOf(seconds: number | undefined, asOf: Date): number {
  return seconds === undefined ? Infinity : asOf.getTime() - seconds * 1000;
}
