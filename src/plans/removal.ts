import type { Digest } from '../oci/digest.ts';
import { beginningOfDigestTag, digestTagBeginning } from '../oci/digest-tag.ts';
import type { Tag } from '../oci/tag.ts';
import type { Choice, Reason } from './choice.ts';
import type { Role } from './plan.ts';
import type { RepositoryView, ViewedImage } from './repository-view.ts';

/** What has a word in whether something may go. Both say why not. */
export interface Protections {
  whyNotDelete(image: ViewedImage): string | undefined;
  whyNotDeleteTag(tag: Tag, digest: Digest): string | undefined;
  /** Whether a plan that is looked at again has it: nothing else goes then. Of whole manifests only. */
  isPlanned(image: ViewedImage): boolean;
}

/** A manifest that goes with all its tags, or stays although it was to go. */
export interface Removed {
  readonly image: ViewedImage;
  readonly role: Role;
  readonly reason: Reason;
  readonly follows?: Digest;
}

export interface Blocked extends Removed {
  /** Only this tag was to go. */
  readonly tag?: Tag;
  readonly blockedBy: readonly string[];
}

/** A tag that goes without its manifest. */
export interface RemovedTag {
  readonly tag: Tag;
  readonly image: ViewedImage;
  readonly role: Role;
  readonly reason: Reason;
  readonly follows?: Digest;
}

export interface Removal {
  /** Each behind the indexes that name it and behind what it is about. */
  readonly manifests: readonly Removed[];
  readonly tags: readonly RemovedTag[];
  readonly blocked: readonly Blocked[];
}

/**
 * Finds out what goes from a repository: of what was chosen, all that nothing keeps; with it, what only that kept, that is
 * children of indexes and whatever is about something that goes. The outcome does not depend on the order of anything.
 */
export function removalOf(view: RepositoryView, choice: Choice, protections: Protections): Removal {
  return new Closure(view, choice, protections).find();
}

class Closure {
  readonly #view: RepositoryView;
  readonly #choice: Choice;
  readonly #protections: Protections;
  readonly #chosen: Map<Digest, Reason>;
  readonly #going = new Map<Digest, Removed>();
  readonly #goingTags = new Map<Tag, Reason>();
  readonly #blocked = new Map<string, Blocked>();
  /** Of those that go: how tags begin that are about them. */
  readonly #goingBeginnings = new Set<string>();

  constructor(view: RepositoryView, choice: Choice, protections: Protections) {
    this.#view = view;
    this.#choice = choice;
    this.#protections = protections;
    this.#chosen = new Map(choice.manifests);
  }

  find(): Removal {
    this.#chooseTags();
    for (const image of this.#chosenImages()) {
      const reason = this.#chosen.get(image.digest);
      if (reason !== undefined && this.#mayBeChosen(image, reason)) this.#take({ image, role: 'chosen', reason });
    }
    return { manifests: [...this.#going.values()], tags: this.#tagsAlone(), blocked: this.#blockedNow() };
  }

  #chooseTags(): void {
    for (const [tag, reason] of this.#choice.tags) {
      const image = this.#imageOf(tag);
      if (image === undefined) continue;
      const why = this.#protections.whyNotDeleteTag(tag, image.digest);
      if (why === undefined) this.#goingTags.set(tag, reason);
      else this.#blocked.set(`tag ${tag}`, { image, role: 'chosen', reason, tag, blockedBy: [why] });
    }
    if (!this.#choice.withImages) return;
    for (const [tag, reason] of this.#goingTags) {
      const image = this.#imageOf(tag);
      if (image === undefined || this.#chosen.has(image.digest)) continue;
      if (image.tags.every((other) => this.#goingTags.has(other))) this.#chosen.set(image.digest, reason);
    }
  }

  /** Indexes first: what they name may go only with them. */
  #chosenImages(): readonly ViewedImage[] {
    const images = [...this.#chosen.keys()].flatMap((digest) => this.#view.images.get(digest) ?? []);
    return images.toSorted(inReadingOrder);
  }

  #mayBeChosen(image: ViewedImage, reason: Reason): boolean {
    const { digest } = image;
    if (this.#going.has(digest)) return false;
    const why = this.#whyStays(image) ?? this.#whyPartStays(image);
    if (why !== undefined) {
      // Whatever keeps it keeps its tags, too: a tag that went alone would leave it to garbage collection.
      for (const tag of image.tags) this.#goingTags.delete(tag);
      this.#blocked.set(digest, { image, role: 'chosen', reason, blockedBy: [why] });
      return false;
    }
    const staying = image.indexes.filter((index) => !this.#going.has(index));
    if (staying.length === 0) return true;
    const blockedBy = staying.slice(0, MOST_REASONS).map((index) => `index ${index} names it`);
    this.#blocked.set(digest, { image, role: 'chosen', reason, blockedBy });
    return false;
  }

  #whyStays(image: ViewedImage): string | undefined {
    return this.#protections.isPlanned(image) ? this.#protections.whyNotDelete(image) : 'it is not to go';
  }

  /** A rule that protects something protects what it is made of, and what is about it: over however many steps. */
  #whyPartStays(image: ViewedImage): string | undefined {
    const wholes = new Set<Digest>();
    const queue = [image];
    for (const { subject, indexes } of queue) {
      for (const digest of subject === null ? indexes : [subject, ...indexes]) {
        const whole = this.#view.images.get(digest);
        if (whole === undefined || this.#going.has(digest) || wholes.has(digest)) continue;
        const why = this.#protections.whyNotDelete(whole);
        if (why !== undefined) return `it belongs to ${digest}, and ${why}`;
        wholes.add(digest);
        queue.push(whole);
      }
    }
    return undefined;
  }

  /** Takes one, and all that goes with it. */
  #take(first: Removed): void {
    const queue = [first];
    for (const removed of queue) {
      const { image } = removed;
      if (this.#going.has(image.digest)) continue;
      this.#going.set(image.digest, removed);
      this.#goingBeginnings.add(digestTagBeginning(image.digest));
      this.#blocked.delete(image.digest);
      for (const tag of image.tags) this.#goingTags.set(tag, removed.reason);
      for (const related of this.#relatedTo(image)) {
        const follower = this.#follower(related, image);
        if (follower !== undefined) queue.push(follower);
      }
    }
  }

  #relatedTo(image: ViewedImage): readonly ViewedImage[] {
    const tagged = this.#view.tagsAbout(image.digest).flatMap((tag) => this.#view.digestByTag.get(tag) ?? []);
    const related = new Set([...image.children, ...image.referrers, ...tagged]);
    return [...related].flatMap((digest) => this.#view.images.get(digest) ?? []);
  }

  #follower(image: ViewedImage, leader: ViewedImage): Removed | undefined {
    const { digest } = image;
    if (this.#going.has(digest) || !this.#isLeftBy(image)) return undefined;
    const reason = this.#chosen.get(digest);
    if (reason !== undefined) {
      return this.#whyStays(image) === undefined ? { image, role: 'chosen', reason } : undefined;
    }
    const isChild = leader.children.includes(digest) && image.subject === null;
    const text = isChild ? `index ${leader.digest}, which goes, is the last that names it` : aboutWords(leader);
    const removed: Removed = {
      image,
      role: isChild ? 'child' : 'referrer',
      reason: { text },
      follows: leader.digest,
    };
    const why = this.#whyStays(image);
    if (why === undefined) return removed;
    this.#blocked.set(digest, { ...removed, blockedBy: [why] });
    return undefined;
  }

  /** Whether nothing keeps it but what goes. Whoever chose it need not ask what it is about. */
  #isLeftBy({ digest, indexes, subject, tags }: ViewedImage): boolean {
    if (indexes.some((index) => !this.#going.has(index))) return false;
    if (this.#chosen.has(digest)) return true;
    if (subject !== null && this.#view.images.has(subject) && !this.#going.has(subject)) return false;
    return tags.every((tag) => {
      const beginning = beginningOfDigestTag(tag);
      return this.#goingTags.has(tag) || (beginning !== undefined && this.#goingBeginnings.has(beginning));
    });
  }

  /** Tags whose manifests stay: those chosen, and those that are about something that goes. */
  #tagsAlone(): readonly RemovedTag[] {
    const alone = new Map<Tag, RemovedTag>();
    for (const [tag, reason] of this.#goingTags) {
      const image = this.#imageOf(tag);
      if (image !== undefined && !this.#going.has(image.digest)) alone.set(tag, { tag, image, role: 'chosen', reason });
    }
    for (const { image: leader } of this.#going.values()) {
      for (const tag of this.#view.tagsAbout(leader.digest)) {
        const image = this.#imageOf(tag);
        if (image === undefined || this.#goingTags.has(tag)) continue;
        if (this.#blocked.has(image.digest)) continue;
        if (this.#protections.whyNotDeleteTag(tag, image.digest) !== undefined) continue;
        const reason = { text: aboutWords(leader) };
        alone.set(tag, { tag, image, role: 'referrer', reason, follows: leader.digest });
      }
    }
    return [...alone.values()].toSorted((one, other) => (one.tag < other.tag ? -1 : 1));
  }

  #blockedNow(): readonly Blocked[] {
    for (const { digest, blockedBy, ...reason } of this.#choice.blocked) {
      const image = this.#view.images.get(digest);
      if (image === undefined || this.#going.has(digest) || this.#blocked.has(digest)) continue;
      this.#blocked.set(digest, { image, role: 'chosen', reason, blockedBy });
    }
    return [...this.#blocked.values()];
  }

  #imageOf(tag: Tag): ViewedImage | undefined {
    const digest = this.#view.digestByTag.get(tag);
    return digest === undefined ? undefined : this.#view.images.get(digest);
  }
}

/** Indexes first, then by the first tag, so that people find what they look for; untagged ones last. */
function inReadingOrder(one: ViewedImage, other: ViewedImage): number {
  return (
    other.depth - one.depth || compare(one.tags[0] ?? '~', other.tags[0] ?? '~') || compare(one.digest, other.digest)
  );
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Indexes that keep a manifest, in a reply. */
const MOST_REASONS = 5;

function aboutWords({ digest }: ViewedImage): string {
  return `it is about ${digest}, which goes`;
}
