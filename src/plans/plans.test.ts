import { describe, expect, it } from 'bun:test';
import { descriptorOf, imageOf, indexOf, randomBlob } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import type { Actor } from '../metadata/actor.ts';
import { deletePlanned } from './deleting.ts';
import { PlanChangedError, PlanDigestError, PlanStateError, PlanUnknownError } from './plan-errors.ts';
import type { PlanItem } from './plan.ts';
import { Plans, type ApplyOptions } from './plans.ts';
import type { Selection } from './selection.ts';
import type { Plan } from './stored-plan.ts';

const ACTOR: Actor = { principalId: 'u1', principalKind: 'user', principalName: 'ada', cause: 'plan' };
const WORK = { actor: ACTOR, signal: new AbortController().signal };

function select(registry: RegistryUnderTest, selection: Selection): Promise<Plan> {
  return registry.plans.create({ kind: 'selection', selection }, WORK);
}

function apply({ plans }: RegistryUnderTest, id: string, options: Partial<ApplyOptions> = {}): Promise<Plan> {
  return plans.apply(id, { ...WORK, ...options });
}

async function itemsOf({ plans }: RegistryUnderTest, { id }: Plan): Promise<readonly PlanItem[]> {
  return (await plans.items(id, -1, 1000)).map(({ item }) => item);
}

async function manifestsOf({ db }: RegistryUnderTest, repository: string): Promise<readonly string[]> {
  const rows = await db.build((kysely) =>
    kysely
      .selectFrom('manifests')
      .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
      .select(['manifests.digest', 'repositories.name']),
  );
  return rows.filter(({ name }) => name === repository).map(({ digest }) => digest);
}

function sizeOf(...contents: readonly { readonly bytes: Uint8Array }[]): number {
  return contents.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
}

async function addRule({ db, repositoryRules }: RegistryUnderTest, kind: string, settings: object): Promise<void> {
  void db;
  await repositoryRules.change((tx) =>
    tx.build((kysely) =>
      kysely
        .insertInto('repository_rules')
        .values({ kind, pattern: '**', settings: JSON.stringify(settings), created_at: 1, created_by: 'ada' }),
    ),
  );
}

describe('a deletion plan', () => {
  it('names what goes: the index chosen by its tag, children that only it names, and what is about them', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    const [own, shared] = [imageOf([randomBlob(100)]), imageOf([randomBlob(200)])];
    for (const image of [own, shared]) await client.pushImage('app', image);
    const index = indexOf([own.manifest, shared.manifest]);
    await client.pushManifest('app', index, 'v1');
    await client.pushManifest('app', indexOf([shared.manifest]), 'v2');
    const signature = imageOf([randomBlob(10)], { subject: descriptorOf(index) });
    await client.pushImage('app', signature);
    const cosign = imageOf([randomBlob(20)]);
    await client.pushImage('app', cosign, `${own.manifest.digest.replace(':', '-')}.sig`);

    const plan = await select(registry, { repositories: 'app', tags: ['v1'] });
    const items = await itemsOf(registry, plan);
    const said = new Map(items.map(({ digest, role, follows }) => [digest as string, [role, follows]] as const));
    expect(said).toEqual(
      new Map([
        [index.digest, ['chosen', undefined]],
        [own.manifest.digest, ['child', index.digest]],
        [signature.manifest.digest, ['referrer', index.digest]],
        [cosign.manifest.digest, ['referrer', own.manifest.digest]],
      ] as never),
    );
    expect(plan.summary).toMatchObject({ manifests: 4, chosen: 1, children: 1, referrers: 2, tags: 2, blocked: 0 });
  });

  it('counts the bytes that nothing else names, in whatever repository', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    const [common, elsewhere, own] = [randomBlob(1000), randomBlob(2000), randomBlob(4000)];
    const image = imageOf([common, elsewhere, own]);
    await client.pushImage('app', image, 'v1');
    await client.pushImage('app', imageOf([common]), 'v2');
    await client.pushImage('other', imageOf([elsewhere]), 'v1');
    const plan = await select(registry, { repositories: 'app', tags: ['v1'] });
    const config = image.blobs[0] ?? own;
    expect(plan.summary.freedBytes).toBe(sizeOf(own, config, image.manifest));
    const [item] = await itemsOf(registry, plan);
    expect(item?.bytes).toBe(sizeOf(image.manifest, ...image.blobs));
    const both = await select(registry, { repositories: '**', tags: ['v1'] });
    expect(both.summary.freedBytes).toBeGreaterThan(plan.summary.freedBytes + 2000);
  });

  it('takes tags alone where others name the same image', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    const image = imageOf([randomBlob(10)]);
    await client.pushImage('app', image, 'v1');
    await client.pushManifest('app', image.manifest, 'latest');
    const plan = await select(registry, { repositories: 'app', tags: ['v*'] });
    expect(plan.summary).toMatchObject({ manifests: 0, tags: 1, freedBytes: 0 });
    await apply(registry, plan.id);
    expect(await client.tags('app')).toEqual(['latest']);
  });

  it('says what stays and why, and deletes none of it', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    const [child, pinned] = [imageOf([randomBlob(10)]), imageOf([randomBlob(20)])];
    await client.pushImage('app', child);
    await client.pushManifest('app', indexOf([child.manifest]), 'v1');
    await client.pushImage('app', pinned, 'v2');
    const signature = imageOf([randomBlob(5)], { subject: descriptorOf(pinned.manifest) });
    await client.pushImage('app', signature);
    await addRule(registry, 'pinned', { digest: pinned.manifest.digest });
    const digests = [child, pinned, signature].map(({ manifest }) => manifest.digest as never);
    const plan = await select(registry, { repositories: 'app', digests });
    const items = await itemsOf(registry, plan);
    expect(plan.summary).toMatchObject({ manifests: 0, tags: 0, blocked: 3 });
    expect(items.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep']);
    const reasons = items.flatMap(({ blockedBy }) => blockedBy).join('\n');
    expect(reasons).toContain('names it');
    expect(reasons).toContain('is pinned');
    expect(reasons).toContain(`it belongs to ${pinned.manifest.digest}`);
    await apply(registry, plan.id);
    expect(await manifestsOf(registry, 'app')).toHaveLength(4);
  });

  it('takes as untagged only what nothing keeps, and as old only what is', async () => {
    await using registry = await openRegistry();
    const { client, clock } = registry;
    const [child, loose, young] = [imageOf([randomBlob(10)]), imageOf([randomBlob(20)]), imageOf([randomBlob(30)])];
    await client.pushImage('app', child);
    await client.pushManifest('app', indexOf([child.manifest]), 'v1');
    await client.pushImage('app', loose);
    clock.advance(7200);
    await client.pushImage('app', young);
    const plan = await select(registry, { repositories: 'app', untagged: true, olderThanSeconds: 3600 });
    expect((await itemsOf(registry, plan)).map(({ digest }) => digest as string)).toEqual([loose.manifest.digest]);
  });

  it('has the same digest as another one that deletes the same', async () => {
    await using registry = await openRegistry();
    await registry.client.pushImage('app', imageOf([randomBlob(10)]), 'v1');
    const one = await select(registry, { repositories: 'app', tags: ['v1'] });
    const same = await select(registry, { repositories: '**', tags: ['v*'] });
    await registry.client.pushImage('app', imageOf([randomBlob(10)]), 'v2');
    const more = await select(registry, { repositories: 'app', tags: ['v*'] });
    expect(same.digest).toBe(one.digest);
    expect(more.digest).not.toBe(one.digest);
  });

  it('is forgotten when its life is over, with its items', async () => {
    await using registry = await openRegistry();
    await registry.client.pushImage('app', imageOf([randomBlob(10)]), 'v1');
    const { id } = await select(registry, { repositories: 'app', tags: ['v1'] });
    registry.clock.advance(86_401);
    expect(await apply(registry, id).catch((error: unknown) => error)).toBeInstanceOf(PlanUnknownError);
    await registry.plans.purge(WORK.signal);
    const items = await registry.db.build((kysely) => kysely.selectFrom('plan_items').selectAll());
    const leases = await registry.db.build((kysely) =>
      kysely.selectFrom('leases').selectAll().where('name', 'like', '%plan%'),
    );
    expect([items.length, leases.length, (await registry.plans.list(undefined, 10)).length]).toEqual([0, 0, 0]);
  });

  it('is seen by nobody when making it fails', async () => {
    await using registry = await openRegistry();
    const wrong = select(registry, { repositories: 'app', tags: ['a b'] });
    expect(await wrong.catch((error: unknown) => String(error))).toContain('no tag has');
    expect(await registry.db.build((kysely) => kysely.selectFrom('plans').selectAll())).toEqual([]);
  });
});

describe('applying a plan', () => {
  it('deletes just what it said, and all of it comes back', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    const child = imageOf([randomBlob(10)]);
    await client.pushImage('app', child);
    const index = indexOf([child.manifest]);
    await client.pushManifest('app', index, 'v1');
    await client.pushImage('app', imageOf([randomBlob(10)]), 'v2');
    const before = await manifestsOf(registry, 'app');
    const plan = await select(registry, { repositories: 'app', tags: ['v1'] });
    const planned = (await itemsOf(registry, plan)).map(({ digest }) => digest as string);
    const applied = await apply(registry, plan.id, { digest: plan.digest });
    expect(applied).toMatchObject({ state: 'applied', appliedBy: 'ada', result: { manifests: 2, tags: 1, kept: 0 } });
    const left = await manifestsOf(registry, 'app');
    expect(before.filter((digest) => !left.includes(digest)).toSorted()).toEqual(planned.toSorted());
    expect(await client.tags('app')).toEqual(['v2']);
    expect(await apply(registry, plan.id).catch((error: unknown) => error)).toBeInstanceOf(PlanStateError);
    await registry.trash.restore({ planId: plan.id }, ACTOR);
    expect((await manifestsOf(registry, 'app')).toSorted()).toEqual([...before].toSorted());
    expect(await client.tags('app')).toEqual(['v1', 'v2']);
  });

  it('refuses another digest than the one that was looked at', async () => {
    await using registry = await openRegistry();
    await registry.client.pushImage('app', imageOf([randomBlob(10)]), 'v1');
    const { id } = await select(registry, { repositories: 'app', tags: ['v1'] });
    const refused = await apply(registry, id, { digest: 'sha256:0' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PlanDigestError);
    expect(await registry.client.tags('app')).toEqual(['v1']);
  });

  it('refuses when the world changed, says what did, and deletes the rest where that much may have changed', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    const images = Array.from({ length: 6 }, () => imageOf([randomBlob(10)]));
    for (const [at, image] of images.entries()) await client.pushImage('app', image, `v${at}`);
    const plan = await select(registry, { repositories: 'app', tags: ['v?'] });
    const digestAt = (at: number): string => images[at]?.manifest.digest ?? '';
    await client.pushManifest('app', images[0]?.manifest ?? indexOf([]), 'keep-me');
    await client.deleteManifest('app', digestAt(1));
    await addRule(registry, 'pinned', { digest: digestAt(2) });
    await client.pushManifest('app', indexOf([images[3]?.manifest ?? indexOf([])]), 'index');
    await client.pushImage('app', imageOf([randomBlob(10)]), 'v9');

    const refused = await apply(registry, plan.id, { allowedPercent: 50 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PlanChangedError);
    const { changes, total } = refused as PlanChangedError;
    expect(total).toBe(5);
    const kinds = new Map(changes.map(({ digest, kind }) => [digest as string, kind]));
    expect(kinds.get(digestAt(0))).toBe('retagged');
    expect(kinds.get(digestAt(1))).toBe('gone');
    expect(kinds.get(digestAt(2))).toBe('kept');
    expect(kinds.get(digestAt(3))).toBe('kept');
    expect(changes.filter(({ kind }) => kind === 'added')).toHaveLength(1);

    const applied = await apply(registry, plan.id, { allowedPercent: 100 });
    expect(applied.result).toMatchObject({ manifests: 2, tags: 2 });
    expect(await client.tags('app')).toEqual(['index', 'keep-me', 'v0', 'v2', 'v3', 'v9']);
    expect((await itemsOf(registry, plan)).filter(({ skipped }) => skipped !== undefined)).toHaveLength(4);
  });

  it('refuses what somebody pulled since', async () => {
    await using registry = await openRegistry();
    const image = imageOf([randomBlob(10)]);
    await registry.client.pushImage('app', image, 'v1');
    const plan = await select(registry, { repositories: 'app', tags: ['v1'] });
    await registry.db.transaction((tx) =>
      tx.build((kysely) =>
        kysely
          .insertInto('pulls')
          .columns(['repository_id', 'digest', 'pulled_at', 'principal_id', 'principal_name', 'count'])
          .expression(
            kysely
              .selectFrom('manifests')
              .select(({ val }) => [
                'repository_id',
                'digest',
                val(Date.now()).as('pulled_at'),
                val('u2').as('principal_id'),
                val('bob').as('principal_name'),
                val(1).as('count'),
              ]),
          ),
      ),
    );
    const refused = await apply(registry, plan.id).catch((error: unknown) => error);
    expect((refused as PlanChangedError).changes).toMatchObject([
      { kind: 'pulled', text: expect.stringContaining('bob') },
    ]);
  });

  it('goes on where it was killed, and what it deletes is the same', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    for (let at = 0; at < 250; at += 1) await client.pushImage('app', imageOf([randomBlob(4)]), `v${at}`);
    await client.pushImage('app', imageOf([randomBlob(4)]), 'keep');
    const plan = await select(registry, { repositories: 'app', tags: ['v*'] });
    const power = new AbortController();
    let refused: unknown;
    const killed = apply(registry, plan.id, {
      signal: power.signal,
      beforePiece: async () => {
        refused ??= await registry.plans.discard(plan.id).catch((error: unknown) => error);
      },
      onProgress: ({ phase }) => {
        if (phase === 'deleting') power.abort(new Error('the power went'));
      },
    });
    expect(await killed.catch((error: unknown) => String(error))).toContain('the power went');
    expect(await registry.plans.get(plan.id)).toMatchObject({ state: 'applying' });
    expect((await client.tags('app')).length).toBe(151);
    expect(refused).toBeInstanceOf(PlanStateError);
    // What was deleted and not written down is found gone.
    await registry.db.transaction((tx) => tx.build((kysely) => kysely.updateTable('plans').set({ result: null })));
    const applied = await apply(registry, plan.id);
    expect(applied).toMatchObject({ state: 'applied', result: { manifests: 150, kept: 100 } });
    expect(await client.tags('app')).toEqual(['keep']);
  });

  it('stops before a piece when it is told to, and can be discarded then', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    for (let at = 0; at < 3; at += 1) await client.pushImage('app', imageOf([randomBlob(4)]), `v${at}`);
    const plan = await select(registry, { repositories: 'app', tags: ['v*'] });
    const beforePiece = () => Promise.reject(new Error('not now'));
    const stopped = apply(registry, plan.id, { beforePiece });
    expect(await stopped.catch((error: unknown) => String(error))).toContain('not now');
    expect(await client.tags('app')).toHaveLength(3);
    expect(await registry.plans.get(plan.id)).toMatchObject({ state: 'applying' });
    await registry.plans.discard(plan.id);
    expect(await apply(registry, plan.id).catch((error: unknown) => error)).toBeInstanceOf(PlanUnknownError);
    expect(await client.tags('app')).toHaveLength(3);
  });

  it('leaves a tag alone that was pushed after it looked again', async () => {
    await using registry = await openRegistry();
    const { client } = registry;
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    for (const [at, image] of images.entries()) await client.pushImage('app', image, `v${at}`);
    const subject = images[0]?.manifest ?? indexOf([]);
    await client.pushImage('app', imageOf([randomBlob(5)], { subject: descriptorOf(subject) }));
    const plan = await select(registry, { repositories: 'app', tags: ['v*'] });
    let pushing: Promise<void> | undefined;
    const kept: string[] = [];
    const { deletions } = registry;
    const racing = new Plans({
      db: registry.db,
      rules: registry.repositoryRules,
      leases: { take: async () => ({ signal: WORK.signal, release: async () => undefined }) },
      keepSeconds: 60,
      allowedPercent: 0,
      now: registry.clock.now,
      deletions: {
        deleteMany: async (...args) => {
          pushing ??= client.pushManifest('app', subject, 'rescued');
          await pushing;
          return deletions.deleteMany(...args);
        },
      },
    });
    const applied = await racing.apply(plan.id, { ...WORK, onKept: ({ digest }) => kept.push(digest) });
    expect(applied.result).toMatchObject({ manifests: 1, kept: 2 });
    expect(kept).toContain(subject.digest);
    expect(await client.tags('app')).toEqual(['rescued', 'v0']);
    expect(await manifestsOf(registry, 'app')).toHaveLength(2);
  });

  it('leaves alone what was pushed again after it looked again, by the same tag or by none', async () => {
    await using registry = await openRegistry();
    const { client, clock, plans } = registry;
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    for (const [at, image] of images.entries()) await client.pushImage('app', image, `v${at}`);
    const [tagged, untagged] = images.map(({ manifest }) => manifest);
    if (tagged === undefined || untagged === undefined) throw new Error('no images');
    const plan = await select(registry, { repositories: 'app', tags: ['v*'] });
    const parts = { db: registry.db, deletions: registry.deletions };
    const asOf = clock.now();
    clock.advance(60);
    await client.pushManifest('app', tagged, 'v0');
    await client.pushManifest('app', untagged);
    const kept: string[] = [];
    const onKept = ({ digest, reason }: { digest: string; reason: string }) => void kept.push(`${digest} ${reason}`);
    const from = { position: -1, manifests: 0, tags: 0, kept: 0 };
    const result = await deletePlanned(parts, { ...WORK, planId: plan.id, asOf, from, onProgress: () => {}, onKept });
    expect(result).toMatchObject({ manifests: 1, kept: 2 });
    expect(kept.toSorted()).toEqual([tagged, untagged].map(({ digest }) => `${digest} it was pushed again`).toSorted());
    expect(await client.tags('app')).toEqual(['v0', 'v1']);
    expect(await plans.get(plan.id)).toMatchObject({ state: 'open' });
  });

  it('is written down', async () => {
    await using registry = await openRegistry();
    await registry.client.pushImage('app', imageOf([randomBlob(10)]), 'v1');
    const plan = await select(registry, { repositories: 'app', tags: ['v1'] });
    await apply(registry, plan.id);
    const rows = await registry.db.build((kysely) =>
      kysely.selectFrom('audit').select(['principal_name', 'details']).where('action', '=', 'plan.applied'),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.details).toContain(plan.id);
  });
});
