import type { Transaction } from '../metadata/database.ts';
import { findDepths } from '../metadata/manifests.ts';
import { findTagged } from '../metadata/many-rows.ts';
import {
  filterTrashed,
  findCollectedReferrers,
  findTrashedManifests,
  listTrashedChildren,
  listTrashedManifests,
  listTrashedReferrers,
  listTrashedTags,
  listTrashedTagsThatBegin,
  type TrashedTag,
} from '../metadata/trash-search.ts';
import { dropTrashedTag } from '../metadata/trash-restore.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { referrersTag, type Tag } from '../oci/tag.ts';

/** A tag that was not restored, because there is one of its name by now. */
export interface KeptTag {
  readonly tag: Tag;
  /** What it names. */
  readonly digest: Digest;
  /** What it would name. It stays in the trash. */
  readonly trashed: Digest;
}

/** A manifest that something restored needs and that is nowhere any more. */
export interface MissingManifest {
  readonly digest: Digest;
  /** The index, or the tag. */
  readonly neededBy: string;
}

/** Which part of an entry: all of it, one tag, or one manifest. */
export type Wanted = 'all' | { readonly tag: Tag } | { readonly digest: Digest };

/** Where things are to be restored to. */
export interface Destination {
  readonly tx: Transaction;
  readonly repository: RepositoryName;
  readonly repositoryId: number;
  readonly now: Date;
}

interface Part {
  readonly digests: ReadonlySet<Digest>;
  readonly tags: ReadonlySet<Tag>;
}

/** What is to be restored, from which entries: what was asked for, and what that needs. */
export class Selection {
  readonly manifests = new Map<number, Set<Digest>>();
  readonly tags = new Map<number, TrashedTag[]>();
  readonly kept: KeptTag[] = [];
  readonly missing: MissingManifest[] = [];
  /** Entries from which something is taken. */
  readonly touched = new Set<number>();
  readonly #destination: Destination;
  readonly #selected = new Set<Digest>();
  readonly #names = new Set<Tag>();

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  async select(trashId: number, wanted: Wanted): Promise<void> {
    const { tx } = this.#destination;
    const tags = await listTrashedTags(tx, trashId);
    if (wanted === 'all') {
      await this.#addManifests(trashId, await listTrashedManifests(tx, trashId));
      return this.#addTags(trashId, tags);
    }
    const asked =
      'tag' in wanted ? tags.filter(({ tag }) => tag === wanted.tag).map(({ digest }) => digest) : [wanted.digest];
    const here = await filterTrashed(tx, trashId, asked);
    const part = await this.#closure(trashId, [...here]);
    await this.#addManifests(trashId, [...part.digests]);
    const isPart = ({ tag, digest }: TrashedTag): boolean =>
      part.tags.has(tag) || here.has(digest) || ('tag' in wanted && tag === wanted.tag);
    await this.#addTags(trashId, tags.filter(isPart));
  }

  /** Of an entry: these manifests, and what belongs to them. */
  async #closure(trashId: number, seeds: readonly Digest[]): Promise<Part> {
    const { tx } = this.#destination;
    const digests = new Set(seeds);
    const tags = new Set<Tag>();
    let fresh: readonly Digest[] = seeds;
    while (fresh.length > 0) {
      const belonging = [
        ...(await listTrashedChildren(tx, trashId, fresh)).map(({ child }) => child),
        ...(await listTrashedReferrers(tx, trashId, fresh)),
      ];
      for (const digest of fresh) {
        for (const { tag, digest: named } of await listTrashedTagsThatBegin(tx, trashId, referrersTag(digest))) {
          tags.add(tag);
          belonging.push(named);
        }
      }
      const found = await filterTrashed(tx, trashId, [...new Set(belonging)]);
      fresh = [...found].filter((digest) => !digests.has(digest));
      for (const digest of fresh) digests.add(digest);
    }
    return { digests, tags };
  }

  /** With the children that they lack, from whichever entries have them. */
  async #addManifests(trashId: number, digests: readonly Digest[]): Promise<void> {
    const fresh = digests.filter((digest) => !this.#selected.has(digest));
    if (fresh.length === 0) return;
    this.touched.add(trashId);
    const selected = this.manifests.get(trashId) ?? new Set();
    this.manifests.set(trashId, selected);
    for (const digest of fresh) {
      selected.add(digest);
      this.#selected.add(digest);
    }
    const { tx, now } = this.#destination;
    await this.#addFrom(await findCollectedReferrers(tx, { trashId, subjects: fresh }, now));
    const children = await listTrashedChildren(tx, trashId, fresh);
    const missing = await this.#need([...new Set(children.map(({ child }) => child))]);
    for (const { index, child } of children) {
      if (missing.has(child)) this.missing.push({ digest: child, neededBy: index });
    }
  }

  /** Manifests of other entries, with what belongs to them there. */
  async #addFrom(found: ReadonlyMap<Digest, number>): Promise<void> {
    const { tx } = this.#destination;
    const seedsByEntry = Map.groupBy(found.keys(), (digest) => found.get(digest) ?? 0);
    for (const [trashId, seeds] of seedsByEntry) {
      const part = await this.#closure(trashId, seeds);
      await this.#addManifests(trashId, [...part.digests]);
      const tags = part.tags.size === 0 ? [] : await listTrashedTags(tx, trashId);
      await this.#addTags(
        trashId,
        tags.filter(({ tag }) => part.tags.has(tag)),
      );
    }
  }

  /** @returns which of them are neither there, nor anywhere in the trash. */
  async #need(digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
    const { tx, repository, repositoryId, now } = this.#destination;
    const wanted = digests.filter((digest) => !this.#selected.has(digest));
    const live = await findDepths(tx, repositoryId, wanted);
    const absent = wanted.filter((digest) => !live.has(digest));
    const found = await findTrashedManifests(tx, { repository, digests: absent }, now);
    await this.#addFrom(found);
    return new Set(absent.filter((digest) => !this.#selected.has(digest)));
  }

  /** A tag that exists by now is not moved; one whose manifest is nowhere is not made. Both stay in the trash. */
  async #addTags(trashId: number, tags: readonly TrashedTag[]): Promise<void> {
    const { tx, repositoryId } = this.#destination;
    const fresh = tags.filter(({ tag }) => !this.#names.has(tag));
    if (fresh.length === 0) return;
    this.touched.add(trashId);
    const names = fresh.map(({ tag }) => tag);
    for (const tag of names) this.#names.add(tag);
    const existing = await findTagged(tx, repositoryId, names);
    for (const { tag, digest: trashed } of fresh) {
      const digest = existing.get(tag);
      if (digest === trashed) await dropTrashedTag(tx, trashId, tag);
      else if (digest !== undefined) this.kept.push({ tag, digest, trashed });
    }
    const free = fresh.filter(({ tag }) => !existing.has(tag));
    const missing = await this.#need([...new Set(free.map(({ digest }) => digest))]);
    for (const { tag, digest } of free) if (missing.has(digest)) this.missing.push({ digest, neededBy: tag });
    const placeable = free.filter(({ digest }) => !missing.has(digest));
    this.tags.set(trashId, [...(this.tags.get(trashId) ?? []), ...placeable]);
  }
}
