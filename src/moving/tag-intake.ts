import { systemActor, type Actor } from '../metadata/actor.ts';
import type { Transaction } from '../metadata/database.ts';
import { repositoryLock } from '../metadata/locks.ts';
import { findTagged, saveTags } from '../metadata/many-rows.ts';
import { findDepths } from '../metadata/manifests.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import { recordTagChanges } from '../metadata/tag-moves.ts';
import type { Digest } from '../oci/digest.ts';
import { ProtectedError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { placeTag, type Placement } from '../registry/place-tag.ts';
import { additionOf } from '../registry/quota-additions.ts';
import { checkQuotas } from '../registry/quotas.ts';
import { BATCH } from './batch-durability.ts';
import type { ManifestIntake } from './manifest-intake.ts';
import type { Taking } from './taking.ts';

/** Tags in one transaction. */
export const TAGS_PER_BATCH = 200;

/** Takes the tags of one repository, after its manifests. */
export class TagIntake {
  readonly #taking: Taking;
  readonly #manifests: ManifestIntake;
  readonly #repository: RepositoryName;

  constructor(taking: Taking, manifests: ManifestIntake, repository: RepositoryName) {
    this.#taking = taking;
    this.#manifests = manifests;
    this.#repository = repository;
  }

  /** At most {@link TAGS_PER_BATCH}. */
  async take(digestByTag: ReadonlyMap<Tag, Digest>): Promise<void> {
    const { tally, options } = this.#taking;
    const existing = await this.#existing([...digestByTag.keys()]);
    const manifests = await this.#manifests.depths([...new Set(digestByTag.values())]);
    const wanted = new Map<Tag, Digest>();
    for (const [tag, digest] of digestByTag) {
      const here = existing.get(tag);
      if (here === digest) tally.skipped.tags += 1;
      else if (here !== undefined && !options.overwriteTags) await this.#keep(tag, digest, here);
      else if (!manifests.has(digest)) await this.refuse(tag, this.#faultOf(digest));
      else {
        const reason = here === undefined ? undefined : await this.#whyStays(tag, here, digest);
        if (reason === undefined) wanted.set(tag, digest);
        else await this.refuse(tag, reason);
      }
    }
    if (options.dryRun) tally.imported.tags += wanted.size;
    else await this.#save(wanted);
  }

  async refuse(tag: string, fault: string): Promise<void> {
    const reason = `The tag was not imported: ${fault}.`;
    await this.#taking.tally.found({ kind: 'tag', repository: this.#repository, item: tag, reason });
  }

  #faultOf(digest: Digest): string {
    if (this.#manifests.isBroken(digest)) return `its manifest ${digest} was not`;
    return `it points to ${digest}, which is not a manifest of the repository`;
  }

  async #existing(tags: readonly Tag[]): Promise<ReadonlyMap<Tag, Digest>> {
    const { db } = this.#taking.parts;
    const repositoryId = await findRepositoryId(db, this.#repository);
    return repositoryId === undefined ? new Map() : findTagged(db, repositoryId, tags);
  }

  async #keep(tag: Tag, there: Digest, here: Digest): Promise<void> {
    const reason = `The tag names ${here} here and ${there} in the source. It was kept; --overwrite-tags moves it.`;
    await this.#taking.tally.found({ kind: 'kept', repository: this.#repository, item: tag, reason });
  }

  /** Why the tag cannot be moved, by the rules as they are now. */
  async #whyStays(tag: Tag, from: Digest, to: Digest): Promise<string | undefined> {
    const { db, repositoryRules } = this.#taking.parts;
    const rules = await repositoryRules.at(db, this.#repository);
    return rules.whyNotMoveTag({ tag, from, to, actor: this.#actor });
  }

  get #actor(): Actor {
    return { ...(this.#taking.options.actor ?? systemActor('import')), cause: 'import' };
  }

  /** Somebody may have pushed one of the tags, or deleted one of the manifests, since we looked. */
  async #save(wanted: ReadonlyMap<Tag, Digest>): Promise<void> {
    if (wanted.size === 0) return;
    const { parts, tally } = this.#taking;
    const { saved, refused, now } = await parts.db
      .transaction((tx) => this.#record(tx, wanted), BATCH)
      .finally(() => parts.cache.forget(this.#repository));
    tally.imported.tags += saved.size;
    for (const [tag, digest] of wanted) {
      if (saved.has(tag)) continue;
      // Another import may have brought it.
      if (now.get(tag) === digest) tally.skipped.tags += 1;
      else await this.refuse(tag, refused.get(tag) ?? 'it, or its manifest, was changed here meanwhile');
    }
  }

  async #record(tx: Transaction, wanted: ReadonlyMap<Tag, Digest>): Promise<Recorded> {
    await tx.lock('shared', [repositoryLock(this.#repository)]);
    const now = this.#taking.parts.now();
    const actor = this.#actor;
    const repositoryId = (await findRepositoryId(tx, this.#repository)) ?? 0;
    const manifests = await findDepths(tx, repositoryId, [...new Set(wanted.values())]);
    const digestByTag = new Map([...wanted].filter(([, digest]) => manifests.has(digest)));
    const pushed = { manifests: [], tags: [...digestByTag.keys()] };
    const rules = await this.#taking.parts.repositoryRules.of(tx, this.#repository);
    await checkQuotas(tx, repositoryId, () => additionOf(tx, repositoryId, pushed), { actor, now });
    const made = await saveTags(tx, { repositoryId, digestByTag, overwrite: false }, now);
    const changes = [...made].map((tag) => ({ repositoryId, tag, from: null, to: digestByTag.get(tag) ?? null }));
    await recordTagChanges(tx, changes, actor, now);
    const saved = new Set(made);
    const refused = new Map<Tag, string>();
    if (this.#taking.options.overwriteTags) {
      for (const [tag, to] of [...digestByTag].filter(([name]) => !made.has(name)).toSorted(byName)) {
        const placement = { repositoryId, repository: this.#repository, tag, to, rules, actor, now };
        const reason = await whyNotPlaced(tx, placement);
        if (reason === undefined) saved.add(tag);
        else refused.set(tag, reason);
      }
    }
    return { saved, refused, now: await findTagged(tx, repositoryId, [...wanted.keys()]) };
  }
}

/** What became of tags that were wanted. */
interface Recorded {
  readonly saved: ReadonlySet<Tag>;
  readonly refused: ReadonlyMap<Tag, string>;
  /** What they name now. */
  readonly now: ReadonlyMap<Tag, Digest>;
}

/** A rule that keeps one tag keeps the others from nothing. */
async function whyNotPlaced(tx: Transaction, placement: Placement): Promise<string | undefined> {
  try {
    await placeTag(tx, placement);
    return undefined;
  } catch (error) {
    if (error instanceof ProtectedError) return error.message;
    throw error;
  }
}

/** In one order: two imports of the same tags must not wait for each other. */
function byName([one]: readonly [Tag, Digest], [other]: readonly [Tag, Digest]): number {
  return one < other ? -1 : 1;
}
