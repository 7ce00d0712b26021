import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { throttledUntil } from '../../../test/fakes/generic.ts';
import { type FakeHarbor, HARBOR_TOKEN_SECONDS, startFakeHarbor } from '../../../test/fakes/harbor.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { Account } from '../account.ts';
import { describeProvider, type Who } from '../contract/provider-contract.ts';
import { collected, errorOf } from '../contract/questions.ts';
import { ovhManaged } from '../ovh-managed/provider.ts';
import type { Provider, ProviderTarget } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { harbor } from './provider.ts';

const ROBOT = 'robot$team+ci';

let fake: FakeHarbor;

function start(): FakeHarbor {
  fake = startFakeHarbor();
  fake.users.set('valid', { username: ROBOT, secret: 'valid-secret', rights: ALL_RIGHTS });
  fake.users.set('powerless', { username: 'robot$team+poor', secret: 'powerless-secret', rights: new Set() });
  fake.users.set('admin', { username: 'admin', secret: 'admin-secret', rights: ALL_RIGHTS });
  fake.users.set('guest', { username: 'guest', secret: 'guest-secret', rights: new Set(['list', 'pull']) });
  return fake;
}

function target(who: Who): ProviderTarget {
  return {
    url: parseRegistryUrl(`${fake.url}/team`),
    form: 'robot',
    username: who === 'powerless' ? 'robot$team+poor' : ROBOT,
    secret: `${who}-secret`,
    fields: {},
  };
}

for (const provider of [harbor, ovhManaged] satisfies Provider[]) {
  describeProvider(provider.title, {
    start: async () => await Promise.resolve({ provider, fake: start(), target }),
    repository: 'team/app/web',
    tokenSeconds: HARBOR_TOKEN_SECONDS,
    listsUntagged: true,
    throttled: (until) => throttledUntil(fake, until),
    deletion: { tag: 'native', manifest: true, takesTags: true, wantsUntagged: false, batch: 1 },
  });
}

describe('Harbor', () => {
  const { signal } = new AbortController();
  let repository: FakeRepository;

  beforeEach(() => {
    start();
    repository = new FakeRepository('team/app/web');
    fake.repositories.set(repository.name, repository);
  });

  afterEach(async () => await fake[Symbol.asyncDispose]());

  function open(change: Partial<ProviderTarget> = {}): Account {
    return harbor.open({ ...target('valid'), ...change }, { http: plainUpstream(), now: fake.clock.now });
  }

  it('names a repository in a path escaped twice', async () => {
    repository.push({ tags: ['v1'] });
    await open().tags('team/app/web', { limit: 10 }, signal);
    const path = '/api/v2.0/projects/team/repositories/app%252Fweb/artifacts';
    expect(fake.requests.map((request) => request.path)).toContain(path);
  });

  it('says its version, and which part of it is not well', async () => {
    fake.unhealthy.add('redis');
    const { remarks } = await open().check({}, signal);
    expect(remarks).toContain('Harbor v2.12.1-abcdef12.');
    expect(remarks).toContain('It says that a part of it is not well: redis.');
  });

  it('says when the secret of a robot ends', async () => {
    fake.robots.set(3, robot({ expires_at: Date.parse('2026-04-01T00:00:00Z') / 1000 }));
    const report = await open().check({}, signal);
    expect(report.secretExpiresAt).toEqual(new Date('2026-04-01T00:00:00Z'));
    expect(report.account).toBe(ROBOT);
  });

  it('says nothing of the end of a robot that never ends', async () => {
    fake.robots.set(3, robot({ expires_at: -1 }));
    expect((await open().check({}, signal)).secretExpiresAt).toBeUndefined();
  });

  it('tells what a user may do in the project', async () => {
    const guest = open({ form: 'password', username: 'guest', secret: 'guest-secret' });
    const { abilities } = await guest.check({}, signal);
    expect(abilities).toEqual({ list: 'yes', pull: 'yes', push: 'no', delete: 'no' });
  });

  it('is told from a registry that is none', async () => {
    fake.interrupt({
      times: 20,
      matches: ({ path }) => path.startsWith('/api/'),
      reply: () => new Response('<html>not found</html>', { status: 404, headers: { 'Content-Type': 'text/html' } }),
    });
    const error = await errorOf(open().check({}, signal));
    expect(error.diagnosis).toBe('not-a-registry');
    expect(error.message).toContain('no Harbor');
  });

  it('shows platforms, sizes and dates of tags, and finds them by a part of their name', async () => {
    repository.push({ tags: ['v1', 'stable'], platforms: ['linux/amd64', 'linux/arm64/v8'] });
    repository.push({ tags: ['v2'] });
    fake.immutableTags.add('team/app/web:v1');
    const { items } = await open().tags('team/app/web', { limit: 10, search: 'v1' }, signal);
    expect(items).toMatchObject([
      {
        name: 'v1',
        pushedAt: new Date('2026-02-01T10:00:00Z'),
        isImmutable: true,
        platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64/v8' }],
      },
    ]);
    expect(items[0]?.bytes).toBeGreaterThan(2_000_000);
  });

  it('tells of signatures with what they sign, and of tags that may not be deleted', async () => {
    const image = repository.push({ tags: ['v1'] });
    const signature = repository.push({ subject: image });
    fake.immutableTags.add('team/app/web:v1');
    const images = await collected(open().images('team/app/web', signal));
    expect(images).toMatchObject([
      { digest: image, lockedBecause: 'A rule of its project makes its tag v1 immutable.' },
      { digest: signature, tags: [], subject: image, artifactType: 'signature.cosign' },
    ]);
  });

  it('refuses what a rule protects, and says so', async () => {
    const image = repository.push({ tags: ['v1'] });
    fake.immutableTags.add('team/app/web:v1');
    const outcomes = await collected(
      open().delete(
        'team/app/web',
        [
          { kind: 'tag', tag: 'v1' },
          { kind: 'manifest', digest: image, tags: ['v1'], isIndex: false },
        ],
        signal,
      ),
    );
    expect(outcomes).toMatchObject([{ result: 'refused' }, { result: 'refused' }]);
    expect(outcomes[0]?.reason).toContain('immutable');
  });

  it('makes another robot of the same rights beside the old one, and ends that when asked', async () => {
    fake.robots.set(3, robot({ duration: 30 }));
    const { minting } = open();
    const minted = await minting?.mint(signal);
    expect(minting?.overlaps).toBe(true);
    expect(minted?.username).toStartWith(`${ROBOT}-h`);
    expect(minted?.expiresAt).toEqual(new Date(fake.clock.now() + 30 * 86_400_000));
    expect([...fake.robots.values()].map(({ permissions }) => permissions)).toEqual([PERMISSIONS, PERMISSIONS]);

    const next = open({ username: minted?.username ?? '', secret: minted?.secret ?? '' });
    await next.check({}, signal);
    await open().check({}, signal);
    await next.minting?.revoke('3', signal);
    expect(fake.robots.has(3)).toBe(false);
    const second = await next.minting?.mint(signal);
    expect(second?.username).toMatch(/^robot\$team\+ci-h[0-9a-z]+$/);
  });

  it('gives a robot a new secret where that is wanted', async () => {
    fake.robots.set(3, robot({}));
    const { minting } = open({ fields: { renewal: 'in-place' } });
    const minted = await minting?.mint(signal);
    expect(minting?.overlaps).toBe(false);
    expect(minted?.username).toBe(ROBOT);
    await open({ secret: minted?.secret ?? '' }).check({}, signal);
  });

  it('says what a robot lacks that cannot be renewed', async () => {
    fake.users.set('valid', { username: ROBOT, secret: 'valid-secret', rights: new Set(['list', 'pull']) });
    const error = await errorOf(open().minting?.mint(signal) ?? Promise.resolve());
    expect(error.diagnosis).toBe('forbidden');
    expect(error.message).toContain('list, read, create and delete robots');
  });

  it('makes no secrets of users', () => {
    expect(open({ form: 'password', username: 'admin', secret: 'admin-secret' }).minting).toBeUndefined();
  });
});

const PERMISSIONS = [{ kind: 'project', namespace: 'team', access: [{ resource: 'repository', action: 'pull' }] }];

function robot(change: Partial<{ expires_at: number; duration: number }>) {
  return {
    id: 3,
    name: ROBOT,
    level: 'project' as const,
    duration: -1,
    expires_at: -1,
    permissions: PERMISSIONS,
    disable: false,
    ...change,
  };
}
