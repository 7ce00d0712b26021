import { afterEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { awsError } from '../../test/fakes/ecr.ts';
import type { FakeRequest } from '../../test/fakes/fake.ts';
import {
  acrWorld,
  dockerHubWorld,
  ecrWorld,
  genericWorld,
  ghcrWorld,
  googleWorld,
  harborWorld,
  REMOTE_WORLDS,
  type RemoteWorld,
} from '../../test/fakes/remote-worlds.ts';
import { openTestConnections } from '../../test/support/connections.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionInput } from '../connections/connection-input.ts';
import { Leases } from '../jobs/leases.ts';
import type { Database } from '../metadata/database.ts';
import { PlanChangedError } from '../plans/plan-errors.ts';
import type { PlanItem, PlanSource } from '../plans/plan.ts';
import { KINDS } from '../providers/provider.ts';
import type { Selection } from '../plans/selection.ts';
import { RemotePlans } from './remote-plans.ts';
import type { RemotePlan } from './remote-source.ts';

const DAY = 86_400_000;
const SIGNAL = new AbortController().signal;

/** A connected registry of some kind, and what cleans up there. */
class Harbour<World extends RemoteWorld> {
  readonly world: World;
  readonly plans: RemotePlans;
  readonly connection: Connection;
  readonly #db: Database;
  readonly #folder: string;

  private constructor(
    world: World,
    parts: { readonly plans: RemotePlans; readonly connection: Connection; db: Database; folder: string },
  ) {
    this.world = world;
    this.plans = parts.plans;
    this.connection = parts.connection;
    this.#db = parts.db;
    this.#folder = parts.folder;
  }

  static async open<World extends RemoteWorld>(world: World): Promise<Harbour<World>> {
    const folder = temporaryFolder('clean-up');
    const db = await openTestDatabase(folder);
    const now = (): Date => new Date(world.fake.clock.now());
    const connections = openTestConnections({ db, folder, now, providers: [world.provider] });
    const said = { name: 'one', ...world.said } as unknown as ConnectionInput;
    const connection = await connections.add('pn-1', said, SOMEBODY);
    const leases = new Leases({ db, node: 'test', now });
    const plans = new RemotePlans({ db, connections, leases, keepSeconds: 86_400, allowedPercent: 0, now });
    return new Harbour(world, { plans, connection, db, folder });
  }

  get repository(): World['repository'] {
    return this.world.repository;
  }

  daysAgo(days: number): Date {
    return new Date(this.world.fake.clock.now() - days * DAY);
  }

  async plan(selection: Omit<Selection, 'repositories'>): Promise<RemotePlan> {
    return await this.planOf({ kind: 'selection', selection: { repositories: this.world.name, ...selection } });
  }

  async planOf(wanted: PlanSource): Promise<RemotePlan> {
    return await this.plans.create(this.connection.id, wanted, { actor: SOMEBODY, signal: SIGNAL });
  }

  async items({ id }: RemotePlan): Promise<readonly PlanItem[]> {
    return (await this.plans.items(id, -1, 1000)).map(({ item }) => item);
  }

  async applied({ id, digest }: RemotePlan, signal = SIGNAL): Promise<RemotePlan> {
    return await this.plans.apply(id, { actor: SOMEBODY, signal, digest });
  }

  async close(): Promise<void> {
    await this.#db.close();
    removeFolder(this.#folder);
    await this.world.fake[Symbol.asyncDispose]();
  }
}

const open: Harbour<RemoteWorld>[] = [];
async function harbourOf<World extends RemoteWorld>(world: World): Promise<Harbour<World>> {
  const harbour = await Harbour.open(world);
  open.push(harbour);
  return harbour;
}
afterEach(async () => {
  for (const harbour of open.splice(0)) await harbour.close();
});

/** Where images cannot be deleted, only their tags are; where tags cannot be deleted alone, only images are. */
const ONLY_TAGS = new Set(['GitLab', 'Quay, for an application']);

for (const [title, start] of REMOTE_WORLDS) {
  describe(`cleaning up ${title}`, () => {
    /** Two that go, one of them for two platforms, and one that stays, with its signature in both forms. */
    async function seeded(): Promise<
      Harbour<RemoteWorld> & { readonly kept: ReadonlySet<string>; readonly all: readonly string[] }
    > {
      const harbour = await harbourOf(start());
      const { repository } = harbour;
      const platforms = ['linux/amd64', 'linux/arm64'];
      const release = repository.push({ tags: ['1.0'], platforms, pushedAt: harbour.daysAgo(90) });
      repository.push({ tags: ['pr-1'], platforms, pushedAt: harbour.daysAgo(60) });
      repository.push({ tags: ['pr-2'], pushedAt: harbour.daysAgo(50) });
      const signature = repository.push({
        tags: [`${release.replace(':', '-')}.sig`],
        pushedAt: harbour.daysAgo(90),
      });
      const kept = new Set([release, signature, ...(repository.manifests.get(release)?.children ?? [])]);
      return Object.assign(harbour, { kept, all: [...repository.manifests.keys()] });
    }

    it('deletes what the preview said, and nothing else', async () => {
      const harbour = await seeded();
      const { repository, kept } = harbour;
      const plan = await harbour.plan({ tags: ['pr-*'] });
      const items = (await harbour.items(plan)).filter(({ action }) => action === 'delete');
      const planned = new Set(items.filter(({ kind }) => kind === 'manifest').map(({ digest }) => digest));
      expect(repository.tags.size).toBe(4);
      const { state, result } = await harbour.applied(plan);
      expect(state).toBe('applied');
      expect(result?.kept).toBe(0);
      expect([...repository.tags.keys()].toSorted()).toEqual(['1.0', expect.stringMatching(/^sha256-.*\.sig$/)]);
      const gone = harbour.all.filter((digest) => !repository.manifests.has(digest));
      for (const digest of kept) expect(repository.manifests.has(digest)).toBe(true);
      if (!ONLY_TAGS.has(title)) expect(new Set(gone)).toEqual(planned);
    });

    it('lets no policy take what an image that stays is made of, nor its signature', async () => {
      const harbour = await seeded();
      const { repository, kept } = harbour;
      const plan = await harbour.plan({ tags: ['pr-*'], untagged: true });
      await harbour.applied(plan);
      for (const digest of kept) expect(repository.manifests.has(digest)).toBe(true);
      expect(repository.tags.has('1.0')).toBe(true);
    });

    it('follows a policy by push dates; where nobody knows them all stay, and that is said', async () => {
      const harbour = await seeded();
      const { repository, world, kept } = harbour;
      const selection = { tagStatus: 'tagged', tagPatternList: ['pr-*'], countType: 'imageCountMoreThan' };
      const rule = { rulePriority: 1, selection: { ...selection, countNumber: 1 }, action: { type: 'expire' } };
      const document = JSON.stringify({ rules: [rule] });
      const plan = await harbour.planOf({
        kind: 'policy',
        policy: { name: 'keep-one', kind: 'ecr', document, patterns: [world.name] },
      });
      const items = await harbour.items(plan);
      await harbour.applied(plan);
      for (const digest of kept) expect(repository.manifests.has(digest)).toBe(true);
      expect(repository.tags.has('pr-2')).toBe(true);
      if (!repository.tags.has('pr-1')) return;
      const why = items.filter(({ action }) => action === 'keep').flatMap(({ blockedBy }) => blockedBy);
      expect(why.join(' ')).toContain('does not say when it was pushed');
    });

    it('takes nothing for old of which nobody knows when it was pushed', async () => {
      const harbour = await seeded();
      const plan = await harbour.plan({ tags: ['*'], olderThanSeconds: 86_400 * 365 });
      expect((await harbour.items(plan)).filter(({ action }) => action === 'delete')).toEqual([]);
    });

    it('is refused when somebody moved what it was to delete', async () => {
      const harbour = await seeded();
      const { repository } = harbour;
      const plan = await harbour.plan({ tags: ['pr-*'] });
      const moved = repository.push({ tags: ['pr-2'], pushedAt: harbour.daysAgo(0) });
      const error: unknown = await harbour.applied(plan).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(PlanChangedError);
      expect(repository.tags.get('pr-2')).toBe(moved);
      expect(repository.tags.has('pr-1')).toBe(true);
    });

    it('says of each thing what the registry refused, and goes on with the others', async () => {
      const harbour = await seeded();
      const { repository, world } = harbour;
      const plan = await harbour.plan({ tags: ['pr-*'] });
      let isRefused = false;
      const isDeletion = ({ method, headers }: FakeRequest): boolean =>
        method === 'DELETE' || headers.get('X-Amz-Target')?.endsWith('.BatchDeleteImage') === true;
      world.fake.interrupt({
        matches: isDeletion,
        reply: ({ method }) => {
          isRefused = true;
          return method === 'DELETE'
            ? Response.json({ message: 'It is protected.' }, { status: 403 })
            : awsError('AccessDeniedException', 'User is not authorized to perform: ecr:BatchDeleteImage');
        },
      });
      const { state, result } = await harbour.applied(plan);
      expect(state).toBe('applied');
      if (!isRefused) return;
      expect(result?.kept).toBeGreaterThan(0);
      const skipped = (await harbour.items(plan)).flatMap(({ skipped: why }) => (why === undefined ? [] : [why]));
      expect(skipped.length).toBeGreaterThan(0);
      expect(repository.tags.has('1.0')).toBe(true);
    });

    it('goes on where it was interrupted', async () => {
      const harbour = await seeded();
      const { repository, world, kept } = harbour;
      const plan = await harbour.plan({ tags: ['pr-*'] });
      const stop = new AbortController();
      world.fake.interrupt({
        matches: ({ method, headers }) =>
          method === 'DELETE' || headers.get('X-Amz-Target')?.endsWith('.BatchDeleteImage') === true,
        reply: () => {
          stop.abort();
          return undefined;
        },
      });
      await harbour.applied(plan, stop.signal).catch(() => undefined);
      expect(stop.signal.aborted).toBe(true);
      const { state } = await harbour.applied(plan);
      expect(state).toBe('applied');
      expect([...repository.tags.keys()].filter((tag) => tag.startsWith('pr-'))).toEqual([]);
      for (const digest of kept) expect(repository.manifests.has(digest)).toBe(true);
    });
  });
}

it('every kind there is is cleaned up here', async () => {
  const kinds: string[] = [];
  for (const [, start] of REMOTE_WORLDS) {
    const { fake, provider } = start();
    kinds.push(provider.kind);
    await fake[Symbol.asyncDispose]();
  }
  expect(new Set(kinds)).toEqual(new Set(KINDS));
});

describe('what is particular', () => {
  const deletions = (world: RemoteWorld): readonly string[] =>
    world.fake.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
  const tags = ['pr-*'];

  it('Docker Hub: tags go first, then indexes, then what these name', async () => {
    const harbour = await harbourOf(dockerHubWorld());
    const { repository, world } = harbour;
    const index = repository.push({ tags: ['pr-1'], platforms: ['linux/amd64', 'linux/arm64'] });
    repository.push({ tags: ['1.0'] });
    await harbour.applied(await harbour.plan({ tags }));
    const paths = deletions(world);
    expect(paths[0]).toContain('/tags/pr-1');
    expect(paths.findIndex((path) => path.endsWith(index))).toBeLessThanOrEqual(1);
    expect([...repository.tags.keys()]).toEqual(['1.0']);
  });

  it('GitHub: what was downloaded too often stays, and it is said why', async () => {
    const harbour = await harbourOf(ghcrWorld());
    const { repository, world } = harbour;
    const popular = repository.push({ tags: ['pr-1'] });
    repository.push({ tags: ['pr-2'] });
    repository.push({ tags: ['1.0'] });
    repository.isPublic = true;
    world.fake.downloads.set(popular, 5001);
    const plan = await harbour.plan({ tags });
    const { result } = await harbour.applied(plan);
    expect(result).toMatchObject({ manifests: 1, kept: 1 });
    const skipped = (await harbour.items(plan)).filter((item) => item.skipped !== undefined);
    expect(skipped).toMatchObject([{ digest: popular, skipped: expect.stringContaining('5,000 downloads') as string }]);
    expect([...repository.tags.keys()].toSorted()).toEqual(['1.0', 'pr-1']);
  });

  it('GitHub: what an index without a tag names stays as long as that does', async () => {
    const harbour = await harbourOf(ghcrWorld());
    const { repository, world } = harbour;
    const platforms = ['linux/amd64', 'linux/arm64'];
    const kept = repository.push({ platforms, pushedAt: harbour.daysAgo(5) });
    const gone = repository.push({ platforms, pushedAt: harbour.daysAgo(90) });
    const signature = repository.push({ subject: kept, pushedAt: harbour.daysAgo(90) });
    repository.push({ tags: ['1.0'], pushedAt: harbour.daysAgo(1) });
    const parts = repository.manifests.get(kept)?.children ?? [];
    // As when one platform did not change between two builds.
    for (const digest of parts) repository.date(digest, harbour.daysAgo(90));
    await harbour.applied(await harbour.plan({ untagged: true, olderThanSeconds: 30 * 86_400 }));
    for (const digest of [kept, signature, ...parts]) expect(repository.manifests.has(digest)).toBe(true);
    expect(repository.manifests.has(gone)).toBe(false);
    expect(repository.manifests.size).toBe(5);
    expect(world.fake.requests.some(({ path }) => path.includes('/blobs/'))).toBe(false);
  });

  it.each([
    ['Azure', acrWorld],
    ['Google', googleWorld],
    ['GitHub', ghcrWorld],
  ] as const)('%s: a tag of one platform does not take it from the index that names it', async (_, start) => {
    const harbour = await harbourOf(start() as RemoteWorld);
    const { repository } = harbour;
    const index = repository.push({ tags: ['pr-1'], platforms: ['linux/amd64', 'linux/arm64'] });
    const [amd64 = '', arm64 = ''] = repository.manifests.get(index)?.children ?? [];
    repository.tags.set('pr-1-amd64', amd64);
    repository.tags.set('pr-1-arm64', arm64);
    const plan = await harbour.plan({ tags: ['pr-1-*'] });
    await harbour.applied(plan);
    for (const digest of [index, amd64, arm64]) expect(repository.manifests.has(digest)).toBe(true);
    expect(repository.tags.get('pr-1')).toBe(index);
  });

  it.each([
    ['Azure', acrWorld],
    ['Google', googleWorld],
  ] as const)('%s: a signature without a tag stays with what it is about', async (_, start) => {
    const harbour = await harbourOf(start() as RemoteWorld);
    const { repository } = harbour;
    const release = repository.push({ tags: ['1.0'], pushedAt: harbour.daysAgo(90) });
    const signature = repository.push({ subject: release, pushedAt: harbour.daysAgo(90) });
    const old = repository.push({ pushedAt: harbour.daysAgo(90) });
    await harbour.applied(await harbour.plan({ untagged: true, olderThanSeconds: 30 * 86_400 }));
    expect([...repository.manifests.keys()].toSorted()).toEqual([release, signature].toSorted());
    expect(repository.manifests.has(old)).toBe(false);
  });

  it('ECR: a hundred at once, and of a batch only what AWS refuses stays', async () => {
    const harbour = await harbourOf(ecrWorld());
    const { repository, world } = harbour;
    for (let number = 1; number <= 150; number += 1) repository.push({ tags: [`pr-${number}`] });
    const plan = await harbour.plan({ tags });
    const refused = repository.tags.get('pr-7') ?? '';
    const isBatch = ({ headers }: FakeRequest): boolean =>
      headers.get('X-Amz-Target')?.endsWith('.BatchDeleteImage') === true;
    world.fake.interrupt({
      matches: (request) => isBatch(request) && request.body.includes(refused),
      reply: ({ body }) => {
        const { imageIds } = JSON.parse(body) as { imageIds: { imageDigest: string }[] };
        for (const { imageDigest } of imageIds) if (imageDigest !== refused) repository.remove(imageDigest);
        const failure = { imageId: { imageDigest: refused }, failureCode: 'KmsError', failureReason: 'No key.' };
        return Response.json({ imageIds: [], failures: [failure] });
      },
    });
    const { result } = await harbour.applied(plan);
    expect(result).toMatchObject({ manifests: 149, kept: 1 });
    expect([...repository.tags.keys()]).toEqual(['pr-7']);
    expect(world.fake.requests.filter(isBatch)).toHaveLength(2);
  });

  it('Azure: what is locked stays, and nobody tries', async () => {
    const harbour = await harbourOf(acrWorld());
    const { repository, world } = harbour;
    const locked = repository.push({ tags: ['pr-1'] });
    repository.push({ tags: ['pr-2'] });
    world.fake.locked.add(`${world.name}@${locked}`);
    const plan = await harbour.plan({ tags });
    const kept = (await harbour.items(plan)).filter(({ action }) => action === 'keep');
    expect(kept.map(({ digest }): string => digest)).toEqual([locked]);
    await harbour.applied(plan);
    expect([...repository.tags.keys()]).toEqual(['pr-1']);
    expect(deletions(world).some((path) => path.includes(locked))).toBe(false);
  });

  it('Google: a version loses its tags before it goes', async () => {
    const harbour = await harbourOf(googleWorld());
    const { repository, world } = harbour;
    repository.push({ tags: ['pr-1', 'pr-2'] });
    repository.push({ tags: ['1.0'] });
    await harbour.applied(await harbour.plan({ tags }));
    const paths = deletions(world);
    const last = paths.findLastIndex((path) => path.includes('/tags/'));
    expect(last).toBeGreaterThanOrEqual(0);
    expect(paths.findIndex((path) => path.includes('/versions/'))).toBeGreaterThan(last);
    expect([...repository.tags.keys()]).toEqual(['1.0']);
  });

  it('Harbor: an immutable tag keeps its artifact', async () => {
    const harbour = await harbourOf(harborWorld());
    const { repository, world } = harbour;
    repository.push({ tags: ['pr-1'] });
    repository.push({ tags: ['pr-2'] });
    world.fake.immutableTags.add(`${world.name}:pr-1`);
    await harbour.applied(await harbour.plan({ tags }));
    expect([...repository.tags.keys()]).toEqual(['pr-1']);
  });

  it('a registry that lets nobody delete: each refusal is told', async () => {
    const harbour = await harbourOf(genericWorld());
    const { repository, world } = harbour;
    repository.push({ tags: ['pr-1'] });
    repository.push({ tags: ['pr-2'] });
    const plan = await harbour.plan({ tags });
    world.fake.interrupt({
      matches: ({ method }) => method === 'DELETE',
      times: 100,
      reply: () => Response.json({ errors: [{ code: 'UNSUPPORTED', message: 'no' }] }, { status: 405 }),
    });
    const { result } = await harbour.applied(plan);
    expect(result).toMatchObject({ manifests: 0, kept: 2 });
    expect((await harbour.items(plan)).every(({ skipped }) => skipped !== undefined)).toBe(true);
    expect(repository.tags.size).toBe(2);
  });
});
