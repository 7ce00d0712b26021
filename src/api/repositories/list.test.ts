import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { fillRepository } from '../../../test/support/filled-repository.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { addPulls } from '../../metadata/pulls.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import type { Repository } from './contract.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const PASSWORD = 'a long enough password';
const ADA = basicAuthorization('ada', PASSWORD);
const NOON = '2026-11-20T12:00:00.000Z';

interface Listed {
  readonly status: number;
  readonly names: readonly string[];
  readonly repositories: readonly Repository[];
  readonly next: string | null;
}

async function list(query = '', authorization: string | null = null): Promise<Listed> {
  const identity = await installation.auth.authenticator.identify(authorization, { source: '192.0.2.1' });
  const request = new Request(`http://localhost/api/v1/repositories${query}`);
  const response = await installation.api(request, identity);
  const document = (await response.json()) as { repositories?: Repository[]; next?: string | null };
  const { repositories = [], next = null } = document;
  return { status: response.status, names: repositories.map(({ name }) => name), repositories, next };
}

async function grant(to: object, pattern: string, actions: readonly string[] = ['pull']): Promise<void> {
  expect((await askAdmin(installation, 'POST', '/grants', { to, pattern, actions })).status).toBe(201);
}

async function namesInPages(query: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (let after = ''; ;) {
    const page = await askAdmin(installation, 'GET', `/repositories?limit=2&${query}${after}`);
    names.push(...(page.document['repositories'] as Repository[]).map(({ name }) => name));
    if (page.document['next'] === null) return names;
    after = `&after=${encodeURIComponent(page.document['next'] as string)}`;
  }
}

async function pull(name: string, digest: Digest, pulledAt: string): Promise<void> {
  const repositoryId = (await findRepositoryId(installation.database, parseRepositoryName(name))) ?? 0;
  const row = { repositoryId, digest, principalId: 'user:ada', principalName: 'ada', count: 1 };
  await installation.database.transaction((tx) => addPulls(tx, [{ ...row, pulledAt: new Date(pulledAt) }]));
}

describe('the list of repositories', () => {
  beforeEach(async () => {
    for (const name of ['other/secret', 'public/base', 'team/app', 'team/web']) {
      await fillRepository(installation.database, name, { tags: ['v1'] });
    }
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD });
  });

  it('shows everybody what they may pull, and what they may do there', async () => {
    expect((await list('', ADA)).names).toEqual([]);
    await grant({ kind: 'user', name: 'ada' }, 'team/**', ['pull', 'push']);
    await grant({ kind: 'everybody' }, 'public/**');
    const { names, repositories, next } = await list('', ADA);
    expect([names, next]).toEqual([['public/base', 'team/app', 'team/web'], null]);
    expect(repositories.map(({ actions }) => actions)).toEqual([['pull'], ['pull', 'push'], ['pull', 'push']]);
    expect((await list()).names).toEqual(['public/base']);
  });

  it('is none of nobody where nobody may pull anything', async () => {
    expect((await list()).status).toBe(401);
  });

  it('has no page that tells of others: neither how many there are, nor where', async () => {
    await grant({ kind: 'user', name: 'ada' }, 'team/**');
    for (const sort of ['name', 'size', 'tags', 'pushed', 'pulled']) {
      const first = await list(`?limit=1&sort=${sort}`, ADA);
      expect(first.names).toEqual(['team/app']);
      const second = await list(`?limit=1&sort=${sort}&after=${encodeURIComponent(first.next ?? '')}`, ADA);
      expect([second.names, second.next]).toEqual([['team/web'], null]);
    }
    expect((await list('?q=secret', ADA)).names).toEqual([]);
  });

  it('finds a part of a name, whatever its case', async () => {
    expect(await namesInPages('q=APP')).toEqual(['team/app']);
    expect(await namesInPages('prefix=team/&q=e')).toEqual(['team/app', 'team/web']);
    expect(await namesInPages('prefix=team/&direction=descending')).toEqual(['team/web', 'team/app']);
  });

  it('refuses a page that is none of its order', async () => {
    const { status, document } = await askAdmin(installation, 'GET', '/repositories?sort=size&after=team/app');
    expect([status, document['type']]).toEqual([400, expect.stringContaining('INPUT_INVALID')]);
  });
});

describe('the order of repositories', () => {
  it('is that of their names, tags, pushes or pulls, in both directions, each once', async () => {
    const base = await fillRepository(installation.database, 'b', { tags: ['v1', 'v2'] });
    await fillRepository(installation.database, 'c', { tags: ['v1'] });
    const app = await fillRepository(installation.database, 'a', { tags: ['v1', 'v2', 'v3'] });
    await fillRepository(installation.database, 'd', { tags: [] });
    await pull('b', base, NOON);
    await pull('a', app, '2026-11-20T11:00:00.000Z');
    expect(await namesInPages('')).toEqual(['a', 'b', 'c', 'd']);
    expect(await namesInPages('direction=descending')).toEqual(['d', 'c', 'b', 'a']);
    expect(await namesInPages('sort=tags')).toEqual(['d', 'c', 'b', 'a']);
    expect(await namesInPages('sort=tags&direction=descending')).toEqual(['a', 'b', 'c', 'd']);
    expect(await namesInPages('sort=pulled&direction=descending')).toEqual(['b', 'a', 'd', 'c']);
    expect(await namesInPages('sort=pulled')).toEqual(['c', 'd', 'a', 'b']);
    expect(await namesInPages('sort=pushed')).toEqual(['d', 'a', 'b', 'c']);
    const shown = await askAdmin(installation, 'GET', '/repositories/b');
    const when = { pushedAt: '2026-01-01T00:00:00.000Z', pulledAt: NOON };
    expect(shown.document).toMatchObject({ repository: { name: 'b', tags: 2, manifests: 1, ...when } });
    const never = await askAdmin(installation, 'GET', '/repositories/d');
    expect(never.document).toMatchObject({ repository: { tags: 0, pushedAt: null, pulledAt: null } });
  });

  it('is that of their sizes, of which what others have is not unique', async () => {
    await fillRepository(installation.database, 'small', { tags: ['v1'] });
    for (let times = 0; times < 2; times += 1) await fillRepository(installation.database, 'large', { tags: ['v1'] });
    expect(await namesInPages('sort=size&direction=descending')).toEqual(['large', 'small']);
    const { document } = await askAdmin(installation, 'GET', '/repositories?sort=size');
    const [small, large] = document['repositories'] as Repository[];
    // Both have the same config.
    expect((small?.bytes ?? 0) - (small?.uniqueBytes ?? 0)).toBeGreaterThanOrEqual(0);
    expect(large?.bytes).toBeGreaterThan(small?.bytes ?? 0);
  });
});
