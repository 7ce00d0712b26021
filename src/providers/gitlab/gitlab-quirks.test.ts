import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { type FakeGitlab, startFakeGitlab } from '../../../test/fakes/gitlab.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { DeletionTarget } from '../account.ts';
import { collected, errorOf } from '../contract/questions.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { gitlab } from './provider.ts';

const { signal } = new AbortController();
let fake: FakeGitlab;
let repository: FakeRepository;

beforeEach(() => {
  fake = startFakeGitlab();
  fake.projects.add('acme/project');
  fake.users.set('token', { username: 'somebody', secret: 'glpat-all', rights: ALL_RIGHTS });
  repository = new FakeRepository('acme/project/app/web');
  fake.repositories.set(repository.name, repository);
});
afterEach(async () => await fake[Symbol.asyncDispose]());

function open({ form = 'access-token', secret = 'glpat-all', path = 'acme', fields = {} } = {}) {
  const url = parseRegistryUrl(`${fake.url}/${path}`);
  const target = { url, form, username: 'somebody', secret, fields };
  return fake.provider.open(target, { http: plainUpstream(), now: fake.clock.now });
}

describe('GitLab', () => {
  it('is known by the host of gitlab.com; others are chosen', () => {
    expect(gitlab.recognises(parseRegistryUrl('registry.gitlab.com/acme'))).toBe(true);
    expect(gitlab.recognises(parseRegistryUrl('registry.gitlab.com.example.org'))).toBe(false);
  });

  it('says what was filled in wrongly before anybody is asked', () => {
    const problems = (form: string, secret: string, { url = 'registry.gitlab.com', place = '' } = {}) =>
      gitlab
        .problemsOf({
          url: parseRegistryUrl(url),
          form,
          username: 'me',
          secret,
          fields: place === '' ? {} : { gitlab: place },
        })
        .map(({ field }) => field);
    expect(problems('access-token', 'glpat-x')).toEqual([]);
    expect(problems('access-token', 'gldt-x')).toEqual(['form']);
    expect(problems('deploy-token', 'glpat-x')).toEqual(['form']);
    expect(problems('access-token', 'glpat-x', { url: 'gitlab.example.org:5050' })).toEqual([]);
    expect(problems('access-token', 'glpat-x', { url: 'registry.example.org' })).toEqual(['gitlab']);
    expect(problems('access-token', 'glpat-x', { url: 'registry.example.org', place: 'nowhere' })).toEqual(['gitlab']);
  });

  it('says what the scopes of a token allow, and when it ends', async () => {
    const secretExpiresAt = new Date('2026-06-01T00:00:00Z');
    const rights = new Set(['list', 'pull'] as const);
    fake.users.set('reader', { username: 'reader', secret: 'glpat-reads', rights, secretExpiresAt });
    const report = await open({ secret: 'glpat-reads' }).check({ repository: repository.name }, signal);
    expect(report.abilities).toEqual({ list: 'yes', pull: 'yes', push: 'no', delete: 'no' });
    expect(report.secretExpiresAt).toEqual(secretExpiresAt);
  });

  it('asks the registry alone where GitLab is too old to tell', async () => {
    const isSelf = ({ path }: { readonly path: string }): boolean => path.endsWith('/self');
    fake.interrupt({ matches: isSelf, reply: () => Response.json({ message: '404 Not Found' }, { status: 404 }) });
    const { abilities } = await open().check({ repository: repository.name }, signal);
    expect(abilities).toEqual({ list: 'unknown', pull: 'yes', push: 'yes', delete: 'yes' });
  });

  it('finds images up to two names below their project, of a project as of a group', async () => {
    repository.push({ tags: ['v1'] });
    for (const path of ['acme', 'acme/project']) {
      const { items, total } = await open({ path }).repositories({ limit: 100 }, signal);
      expect([items.map(({ name }) => name), total]).toEqual([[repository.name], 1]);
    }
    const { items } = await open().tags(repository.name, { limit: 100 }, signal);
    expect(items.map(({ name, digest }) => [name, digest])).toEqual([['v1', repository.tags.get('v1')]]);
  });

  it('reads long pages of names without looking behind each', async () => {
    repository.pushMany(150);
    const page = await open().tags(repository.name, { limit: 1000 }, signal);
    expect(page.items.length).toBe(100);
    expect(fake.requests.filter(({ path }) => path.includes('/tags/')).length).toBe(0);
  });

  it('keeps protected tags, and says so', async () => {
    repository.push({ tags: ['v1', 'latest'] });
    fake.protectedTags.add('v1');
    const targets: DeletionTarget[] = [
      { kind: 'tag', tag: 'v1' },
      { kind: 'tag', tag: 'latest' },
    ];
    const outcomes = await collected(open().delete(repository.name, targets, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'deleted']);
    expect(outcomes[0]?.reason).toContain('protected');
  });

  it('keeps a tag that names something else since it was decided on', async () => {
    const digest = repository.push({ tags: ['v1'] });
    repository.push({ tags: ['v1'] });
    const target: DeletionTarget = { kind: 'manifest', digest, tags: ['v1'], isIndex: false };
    const [outcome] = await collected(open().delete(repository.name, [target], signal));
    expect(outcome?.result).toBe('refused');
    expect(repository.tags.has('v1')).toBe(true);
  });

  it('says to name a group where nobody did', async () => {
    expect((await errorOf(open({ path: '' }).repositories({ limit: 10 }, signal))).message).toContain('group');
  });

  it('uses the registry alone for a deploy token', async () => {
    repository.push({ tags: ['v1'] });
    fake.users.set('deploy', { username: 'somebody', secret: 'gldt-x', rights: new Set(['pull']) });
    const account = open({ form: 'deploy-token', secret: 'gldt-x' });
    const { abilities } = await account.check({ repository: repository.name }, signal);
    expect([abilities.pull, abilities.push]).toEqual(['yes', 'no']);
    const { items } = await account.tags(repository.name, { limit: 10 }, signal);
    expect(items.map(({ name }) => name)).toEqual(['v1']);
    expect(fake.requests.some(({ path }) => path.startsWith('/api/'))).toBe(false);
  });
});

describe('a token of GitLab that rotates itself', () => {
  const IN_PLACE = { fields: { renewal: 'in-place' } };

  for (const place of [
    '/personal_access_tokens',
    '/projects/acme%2Fproject/access_tokens',
    '/groups/acme/access_tokens',
  ]) {
    it(`is another one for 90 days, and the old one ends: ${place}`, async () => {
      fake.rotatesAt = place;
      const path = place.startsWith('/projects') ? 'acme/project' : 'acme';
      const { minting } = open({ ...IN_PLACE, path });
      const minted = await minting?.mint(signal);
      expect(minting?.overlaps).toBe(false);
      expect(minted).toMatchObject({ username: 'somebody', expiresAt: new Date('2026-05-30T00:00:00Z') });
      await open({ secret: minted?.secret ?? '', path }).check({}, signal);
      expect((await errorOf(open({ path }).check({}, signal))).diagnosis).toBe('wrong-credentials');
    });
  }

  it('does so only where somebody said that it may, and is an access token', () => {
    expect(open().minting).toBeUndefined();
    expect(open({ ...IN_PLACE, form: 'deploy-token' }).minting).toBeUndefined();
    const target = { url: parseRegistryUrl('registry.gitlab.com'), username: 'me', secret: 'gldt-x' };
    const problems = gitlab.problemsOf({ ...target, form: 'deploy-token', ...IN_PLACE });
    expect(problems).toMatchObject([{ field: 'renewal' }]);
  });

  it('says which scope it lacks, and goes on', async () => {
    fake.users.set('token', { username: 'somebody', secret: 'glpat-all', rights: new Set(['list', 'pull']) });
    const error = await errorOf(open({ ...IN_PLACE, path: 'acme/project' }).minting?.mint(signal) ?? Promise.resolve());
    expect(error.diagnosis).toBe('forbidden');
    expect(error.message).toContain('self_rotate');
    await open().check({}, signal);
  });

  it('is rotated once, whatever comes of it', async () => {
    fake.interrupt({ matches: ({ method }) => method === 'POST', reply: () => new Response('', { status: 500 }) });
    expect((await errorOf(open(IN_PLACE).minting?.mint(signal) ?? Promise.resolve())).diagnosis).toBe('failing');
    expect(fake.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});
