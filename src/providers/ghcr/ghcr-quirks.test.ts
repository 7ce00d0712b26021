import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { type FakeGhcr, startFakeGhcr } from '../../../test/fakes/ghcr.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { DeletionTarget } from '../account.ts';
import { collected, errorOf } from '../contract/questions.ts';
import { configKeyOf } from '../../connections/handing-out/docker-config.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { ghcr } from './provider.ts';

const { signal } = new AbortController();
let github: FakeGhcr;
let repository: FakeRepository;

beforeEach(() => {
  github = startFakeGhcr();
  github.organizations.add('acme');
  github.users.set('token', { username: 'somebody', secret: 'ghp_all', rights: ALL_RIGHTS });
  repository = new FakeRepository('acme/app');
  github.repositories.set(repository.name, repository);
});
afterEach(async () => await github[Symbol.asyncDispose]());

function open(secret = 'ghp_all', url = 'ghcr.io/acme') {
  const target = { url: parseRegistryUrl(url), form: 'access-token', username: 'somebody', secret, fields: {} };
  return github.provider.open(target, { http: plainUpstream(), now: github.clock.now });
}

function manifest(digest: string, { isIndex = false } = {}): DeletionTarget {
  return { kind: 'manifest', digest, tags: repository.tagsOf(digest), isIndex };
}

describe('GitHub Container Registry', () => {
  it('is known by its host alone', () => {
    expect(ghcr.recognises(parseRegistryUrl('https://ghcr.io/acme'))).toBe(true);
    expect(ghcr.recognises(parseRegistryUrl('ghcr.io:8443'))).toBe(false);
    expect(configKeyOf(parseRegistryUrl('ghcr.io/acme'))).toBe('ghcr.io');
  });

  it('says what was filled in wrongly before anybody is asked', () => {
    const problems = (secret: string, url: string) =>
      ghcr
        .problemsOf({ url: parseRegistryUrl(url), form: 'access-token', username: 'me', secret, fields: {} })
        .map(({ field }) => field);
    expect(problems('ghp_x', 'ghcr.io/acme')).toEqual([]);
    expect(problems('github_pat_x', 'ghcr.io')).toEqual(['secret']);
    expect(problems('ghs_x', 'ghcr.io')).toEqual(['form']);
    expect(problems('ghp_x', 'ghcr.io/Acme')).toEqual(['url']);
  });

  it('says what the scopes of a token allow, whose it is, and when it ends', async () => {
    const secretExpiresAt = new Date('2026-06-01T12:00:00Z');
    github.users.set('reader', { username: 'reader', secret: 'ghp_reads', rights: new Set(['pull']), secretExpiresAt });
    const report = await open('ghp_reads').check({}, signal);
    expect(report.abilities).toEqual({ list: 'yes', pull: 'yes', push: 'no', delete: 'no' });
    expect(report.account).toBe('reader');
    expect(report.secretExpiresAt).toEqual(secretExpiresAt);
  });

  it('tells a good token without a scope for packages from a wrong one', async () => {
    github.users.set('other', { username: 'other', secret: 'ghp_other', rights: new Set() });
    const error = await errorOf(open('ghp_other').check({}, signal));
    expect([error.diagnosis, error.message.includes('read:packages')]).toEqual(['forbidden', true]);
  });

  it('takes the token of a workflow, which is of nobody, by the registry alone', async () => {
    github.users.set('job', { username: 'job', secret: 'ghs_job', rights: ALL_RIGHTS });
    repository.push({ tags: ['v1'] });
    expect((await open('ghs_job').check({ repository: 'acme/app' }, signal)).abilities.pull).toBe('unknown');
    github.users.delete('job');
    const error = await errorOf(open('ghs_job').check({ repository: 'acme/app' }, signal));
    expect(error.diagnosis).toBe('wrong-credentials');
  });

  it('says that a package is not for this account, though the token is good', async () => {
    github.interrupt({ matches: ({ path }) => path === '/token', reply: () => new Response(null, { status: 403 }) });
    expect((await errorOf(open().check({ repository: 'acme/app' }, signal))).diagnosis).toBe('forbidden');
  });

  it('tells that a token has to be authorized for single sign-on', async () => {
    github.wantsSingleSignOn = true;
    const error = await errorOf(open().check({}, signal));
    expect([error.diagnosis, error.message.includes('single sign-on')]).toEqual(['forbidden', true]);
  });

  it('does not say that what an index names is named by nothing: its manifest tells', async () => {
    const index = repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64'] });
    const account = open();
    const images = await collected(account.images('acme/app', signal));
    expect(images.map(({ children, subject, mediaType }) => [children, subject, mediaType])).toEqual(
      Array.from({ length: 3 }, () => [undefined, undefined, undefined]),
    );
    const untagged = images.filter(({ tags }) => tags.length === 0).map(({ digest }) => digest);
    const manifest = await account.reader?.manifest('acme/app', index, signal);
    expect(manifest?.children.toSorted() ?? []).toEqual(untagged.toSorted());
  });

  it('says why a version that many have is not deleted', async () => {
    repository.isPublic = true;
    const digest = repository.push({ tags: ['v1'] });
    repository.push({ tags: ['v2'] });
    github.downloads.set(digest, 5001);
    const [outcome] = await collected(open().delete('acme/app', [manifest(digest)], signal));
    expect(outcome?.result).toBe('refused');
    expect(outcome?.reason).toContain('5,000 downloads');
  });

  it('deletes the package with its last version', async () => {
    const index = repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64'] });
    const children = repository.manifests.get(index)?.children ?? [];
    const targets = [manifest(index, { isIndex: true }), ...children.map((digest) => manifest(digest))];
    const outcomes = await collected(open().delete('acme/app', targets, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['deleted', 'deleted', 'deleted']);
    expect(github.repositories.has('acme/app')).toBe(false);
  });

  it('keeps the package when other versions are left in it', async () => {
    const digest = repository.push({ tags: ['v1'] });
    const other = repository.push();
    const [outcome] = await collected(open().delete('acme/app', [manifest(digest)], signal));
    expect(outcome?.result).toBe('refused');
    expect([...repository.manifests.keys()]).toEqual([digest, other]);
  });

  it('keeps a version that has another tag since it was decided on', async () => {
    const digest = repository.push({ tags: ['v1'] });
    repository.push({ tags: ['v2'] });
    const target = manifest(digest);
    repository.tags.set('production', digest);
    const [outcome] = await collected(open().delete('acme/app', [target], signal));
    expect(outcome).toEqual({ target, result: 'refused', reason: 'It has the tag production by now.' });
  });

  it('finds the packages of a person elsewhere than those of an organization', async () => {
    github.repositories.set('somebody/tool', new FakeRepository('somebody/tool'));
    const { items } = await open('ghp_all', 'ghcr.io').repositories({ limit: 100 }, signal);
    expect(items.map(({ name }) => name)).toEqual(['somebody/tool']);
  });
});
