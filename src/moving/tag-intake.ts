import { systemActor } from '../metadata/actor.ts';
import { repositoryLock } from '../metadata/locks.ts';
import { findTagged, saveTags } from '../metadata/many-rows.ts';
import { findDepths } from '../metadata/manifests.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
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
      else wanted.set(tag, digest);
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

  /** Somebody may have pushed one of the tags, or deleted one of the manifests, since we looked. */
  async #save(wanted: ReadonlyMap<Tag, Digest>): Promise<void> {
    if (wanted.size === 0) return;
    const { parts, options, tally } = this.#taking;
    const { saved, now } = await parts.db
      .transaction(async (tx) => {
        await tx.lock('shared', [repositoryLock(this.#repository)]);
        const repositoryId = (await findRepositoryId(tx, this.#repository)) ?? 0;
        const manifests = await findDepths(tx, repositoryId, [...new Set(wanted.values())]);
        const digestByTag = new Map([...wanted].filter(([, digest]) => manifests.has(digest)));
        const pushed = { manifests: [], tags: [...digestByTag.keys()] };
        const by = { actor: systemActor('import'), now: parts.now() };
        await checkQuotas(tx, repositoryId, () => additionOf(tx, repositoryId, pushed), by);
        const tags = { repositoryId, digestByTag, overwrite: options.overwriteTags };
        const made = await saveTags(tx, tags, parts.now());
        return { saved: made, now: await findTagged(tx, repositoryId, [...wanted.keys()]) };
      }, BATCH)
      .finally(() => parts.cache.forget(this.#repository));
    tally.imported.tags += saved.size;
    for (const [tag, digest] of wanted) {
      if (saved.has(tag)) continue;
      // Another import may have brought it.
      if (now.get(tag) === digest) tally.skipped.tags += 1;
      else await this.refuse(tag, 'it, or its manifest, was changed here meanwhile');
    }
  }
}
