import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { type FakeDockerHub, startFakeDockerHub } from '../../../test/fakes/docker-hub.ts';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { DeletionTarget } from '../account.ts';
import { collected, errorOf } from '../contract/questions.ts';
import { configKeyOf } from '../../connections/handing-out/docker-config.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { dockerHub } from './provider.ts';

const { signal } = new AbortController();
let hub: FakeDockerHub;
let repository: FakeRepository;

beforeEach(() => {
  hub = startFakeDockerHub();
  hub.users.set('token', { username: 'acme', secret: 'dckr_pat_of-acme', rights: ALL_RIGHTS });
  hub.users.set('password', { username: 'acme', secret: 'password of acme', rights: ALL_RIGHTS });
  repository = new FakeRepository('acme/app');
  hub.repositories.set(repository.name, repository);
});
afterEach(async () => await hub[Symbol.asyncDispose]());

function open({ form = 'access-token', username = 'acme', secret = 'dckr_pat_of-acme' } = {}) {
  const target = { url: parseRegistryUrl('docker.io'), form, username, secret, fields: {} };
  return hub.provider.open(target, { http: plainUpstream(), now: hub.clock.now });
}

describe('Docker Hub', () => {
  it('is known by any of its names, and by the key that Docker and Kubernetes look for', () => {
    for (const text of ['docker.io', 'https://index.docker.io/v1/', 'registry-1.docker.io/v2', 'hub.docker.com/acme']) {
      expect(dockerHub.recognises(parseRegistryUrl(text))).toBe(true);
    }
    expect(dockerHub.recognises(parseRegistryUrl('docker.io.example.org'))).toBe(false);
    expect(configKeyOf(parseRegistryUrl('docker.io'))).toBe('https://index.docker.io/v1/');
  });

  it('says what was filled in wrongly before anybody is asked', () => {
    const url = parseRegistryUrl('docker.io');
    const problems = (form: string, username: string, secret: string) =>
      dockerHub.problemsOf({ url, form, username, secret, fields: {} }).map(({ field }) => field);
    expect(problems('organization-token', 'acme', 'dckr_oat_x')).toEqual([]);
    expect(problems('organization-token', '', 'dckr_oat_x')).toEqual(['username']);
    expect(problems('organization-token', 'acme', 'dckr_pat_x')).toEqual(['form']);
    expect(problems('access-token', 'me@example.org', 'dckr_pat_x')).toEqual(['username']);
  });

  it('says how many pulls are left, without pulling', async () => {
    hub.pullsLeft = 20;
    const { remarks } = await open().check({}, signal);
    expect(remarks).toContain('20 of 200 pulls in 6 hours are left.');
    expect(hub.pullsLeft).toBe(20);
  });

  it('says nothing of limits where there are none', async () => {
    hub.pullsLeft = undefined;
    expect((await open().check({}, signal)).remarks).toEqual([]);
  });

  it('says what a token may do with a repository', async () => {
    hub.users.set('reader', { username: 'acme', secret: 'dckr_pat_reads', rights: new Set(['list', 'pull']) });
    const { abilities, account } = await open({ secret: 'dckr_pat_reads' }).check({ repository: 'acme/app' }, signal);
    expect(abilities).toEqual({ list: 'yes', pull: 'yes', push: 'no', delete: 'no' });
    expect(account).toBe('acme');
  });

  it('pulls as anybody where nobody logs in', async () => {
    const account = open({ username: '', secret: '' });
    expect((await account.check({}, signal)).abilities).toEqual({
      list: 'unknown',
      pull: 'yes',
      push: 'no',
      delete: 'no',
    });
    expect((await errorOf(account.login(signal))).diagnosis).toBe('unsupported');
  });

  it('deletes an image by its tags first, and goes on when that is done in the background', async () => {
    const digest = repository.push({ tags: ['v1', 'v2'] });
    hub.deletesInBackground = true;
    const target: DeletionTarget = { kind: 'manifest', digest, tags: ['v1', 'v2'], isIndex: false };
    const outcomes = await collected(open().delete('acme/app', [target], signal));
    expect(outcomes).toEqual([{ target, result: 'accepted' }]);
    expect(repository.tags.size).toBe(0);
    const deletions = hub.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    expect(deletions.map((path) => path.replace('/hub/v2/repositories/acme/app', ''))).toEqual([
      '/tags/v1/',
      '/tags/v2/',
      `/v2/acme/app/manifests/${digest}`,
    ]);
  });

  it('keeps what an index still names', async () => {
    const index = repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64'] });
    const [digest = ''] = repository.manifests.get(index)?.children ?? [];
    const target: DeletionTarget = { kind: 'manifest', digest, tags: [], isIndex: false };
    const [outcome] = await collected(open().delete('acme/app', [target], signal));
    expect(outcome?.result).toBe('refused');
    expect(outcome?.reason).toContain('an index still names it');
    expect(repository.manifests.has(digest)).toBe(true);
  });

  it('keeps a tag that names something else since it was decided on', async () => {
    const before = repository.push({ tags: ['v1'] });
    const after = repository.push({ tags: ['v1'] });
    const targets: DeletionTarget[] = [
      { kind: 'tag', tag: 'v1', digest: before },
      { kind: 'manifest', digest: before, tags: ['v1'], isIndex: false },
    ];
    const outcomes = await collected(open().delete('acme/app', targets, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'refused']);
    expect(repository.tags.get('v1')).toBe(after);
  });

  it('has the platforms of a tag, and not what is attached to it', async () => {
    repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64/v8', 'unknown/unknown'] });
    const { items } = await open().tags('acme/app', { limit: 10 }, signal);
    expect(items[0]?.platforms?.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64/v8']);
  });

  it('stops when its API was asked too often', async () => {
    repository.pushMany(250);
    hub.requestsLeft = 2;
    const error = await errorOf(collected(open().images('acme/app', signal)));
    expect(error.diagnosis).toBe('rate-limited');
    expect(error.retryAt).toEqual(new Date(hub.clock.now() + 60_000));
  });

  it('makes an access token with a password, beside that, and ends it again', async () => {
    const { minting } = open({ form: 'password', secret: 'password of acme' });
    const minted = await minting?.mint(signal);
    expect(minted?.username).toBe('acme');
    await open({ secret: minted?.secret ?? '' }).check({}, signal);
    await minting?.revoke(minted?.reference ?? '', signal);
    expect((await errorOf(open({ secret: minted?.secret ?? '' }).check({}, signal))).diagnosis).toBe(
      'wrong-credentials',
    );
    expect(open().minting).toBeUndefined();
  });

  it('names a second factor when a password needs one', async () => {
    hub.interrupt({ reply: () => Response.json({ detail: 'need 2fa', login_2fa_token: 'x' }, { status: 401 }) });
    const error = await errorOf(open({ form: 'password', secret: 'password of acme' }).check({}, signal));
    expect(error.message).toContain('second factor');
  });
});
