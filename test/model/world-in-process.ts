import { systemActor } from '../../src/metadata/actor.ts';
import { findRepositoryId } from '../../src/metadata/repositories.ts';
import { listUntagged } from '../../src/metadata/untagged-manifests.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { parseRepositoryName } from '../../src/oci/repository-name.ts';
import { parseTag } from '../../src/oci/tag.ts';
import { NotInTrashError, type RestoreTarget } from '../../src/registry/trash.ts';
import { openRegistry, type RegistryUnderTest } from '../support/registry-under-test.ts';
import type { TrashedThing, World } from './world.ts';

const ADMINISTRATOR = systemActor('admin');
const KEEP_SECONDS = 7 * 86_400;
const GRACE_SECONDS = 3600;

/** More than any repository of a model holds. */
const EVERYTHING = 10_000;

/** A registry in this process, whose time is ours: nothing is ever lost on the way, and a week takes no time. */
export class WorldInProcess implements World, AsyncDisposable {
  readonly registry: RegistryUnderTest;
  readonly keepSeconds = KEEP_SECONDS;
  readonly graceSeconds = GRACE_SECONDS;
  readonly mayFail = false;

  private constructor(registry: RegistryUnderTest) {
    this.registry = registry;
  }

  static async open(): Promise<WorldInProcess> {
    return new WorldInProcess(await openRegistry());
  }

  get client() {
    return this.registry.client;
  }

  now(): number {
    return this.registry.clock.now().getTime();
  }

  async wait(seconds: number): Promise<void> {
    this.registry.clock.advance(seconds);
  }

  async deleteRepository(repository: string): Promise<void> {
    await this.registry.deletions.deleteRepository(parseRepositoryName(repository), ADMINISTRATOR);
  }

  async restore(thing: TrashedThing): Promise<boolean> {
    try {
      await this.registry.trash.restore(targetOf(thing), ADMINISTRATOR);
      return true;
    } catch (error) {
      if (error instanceof NotInTrashError) return false;
      throw error;
    }
  }

  async runPolicy(repository: string): Promise<void> {
    const name = parseRepositoryName(repository);
    const { db, deletions, clock } = this.registry;
    const id = await findRepositoryId(db, name);
    const { found } = await listUntagged(db, new Date(clock.now().getTime() + 1), {
      after: undefined,
      rows: EVERYTHING,
    });
    const targets = found.filter(({ repositoryId }) => repositoryId === id).map(({ digest }) => ({ digest, tags: [] }));
    await deletions.deleteMany(name, targets, { actor: systemActor('policy') });
  }

  async collect(): Promise<void> {
    await this.registry.collect({ deleteUntagged: false, graceSeconds: GRACE_SECONDS });
  }

  async recovered(): Promise<void> {
    throw new Error('nothing was lost');
  }

  /** Digests of all blobs that are stored, whoever may see them. */
  async storedBlobs(): Promise<readonly string[]> {
    const rows = await this.registry.db.build((kysely) =>
      kysely.selectFrom('blobs').select('digest').orderBy('digest'),
    );
    return rows.map(({ digest }) => digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
  }
}

function targetOf({ repository, tag, digest }: TrashedThing): RestoreTarget {
  const name = parseRepositoryName(repository);
  if (tag !== undefined) return { repository: name, tag: parseTag(tag) };
  return digest === undefined ? { repository: name } : { repository: name, digest: parseDigest(digest) };
}
