import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { fillRepository } from '../../../test/support/filled-repository.ts';
import { basicAuthorization } from '../../../test/support/server.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

type Reply = Awaited<ReturnType<typeof askAdmin>>;

const ask = (method: string, path: string, body?: unknown): Promise<Reply> =>
  askAdmin(installation, method, path, body);

/** Asks as somebody with a token that may do this in `team/**`. */
async function askAs(actions: readonly string[], method: string, path: string, body?: unknown): Promise<Reply> {
  const scope = [{ pattern: 'team/**', actions }];
  const { document } = await ask('POST', '/tokens', { name: `t${crypto.randomUUID()}`, scope, expiresAt: null });
  const authorization = basicAuthorization('x', String(document['secret']));
  const identity = await installation.auth.authenticator.identify(authorization, { source: '192.0.2.1' });
  const request = new Request(`http://localhost/api/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await installation.api(request, identity, {
    source: '192.0.2.1',
    requestId: 'test',
    secure: false,
    host: 'localhost',
  });
  return { status: response.status, document: (await response.json()) as Record<string, unknown> };
}

const APP = '/repositories/team%2Fapp';

describe('a repository', () => {
  it('is listed by name, page by page, with how much it holds', async () => {
    for (const name of ['b', 'team/app', 'team/base', 'teams'])
      await fillRepository(installation.database, name, { tags: ['v1'] });
    const first = await ask('GET', '/repositories?limit=3');
    expect(first.document).toMatchObject({
      repositories: [{ name: 'b', tags: 1, manifests: 1, blobs: 2 }, { name: 'team/app' }, { name: 'team/base' }],
      next: 'team/base',
    });
    const second = await ask('GET', '/repositories?limit=3&after=team/base');
    expect(second.document).toMatchObject({ repositories: [{ name: 'teams' }], next: null });
    const some = await ask('GET', '/repositories?prefix=team/');
    expect(some.document).toMatchObject({ repositories: [{ name: 'team/app' }, { name: 'team/base' }], next: null });
    expect((await ask('GET', '/repositories/nothing')).status).toBe(404);
  });

  it('is shown to whoever may pull from it, and deleted and restored by whoever may delete in it', async () => {
    await fillRepository(installation.database, 'team/app', { tags: ['v1'] });
    await fillRepository(installation.database, 'other', { tags: ['v1'] });
    expect((await askAs(['pull'], 'GET', APP)).status).toBe(200);
    expect((await askAs(['pull'], 'GET', '/repositories/other')).status).toBe(403);
    expect((await askAs(['pull'], 'GET', '/repositories')).document).toMatchObject({
      repositories: [{ name: 'team/app', actions: ['pull'] }],
    });
    expect((await askAs(['pull', 'push'], 'DELETE', APP)).status).toBe(403);
    expect((await askAs(['delete'], 'DELETE', APP)).status).toBe(200);
    expect((await ask('DELETE', APP)).status).toBe(404);
    const { document } = await ask('DELETE', '/repositories/other');
    expect((await askAs(['pull'], 'GET', `${APP}/trash`)).status).toBe(403);
    expect((await askAs(['delete'], 'GET', `${APP}/trash`)).document).toMatchObject({
      entries: [{ kind: 'repository' }],
    });
    const { id } = document['trash'] as { id: number };
    // By its number nobody restores what is not theirs.
    expect((await askAs(['delete'], 'POST', `${APP}/restore`, { id })).status).toBe(404);
    expect((await askAs(['delete'], 'POST', `${APP}/restore`, {})).document).toMatchObject({
      repositories: ['team/app'],
    });
    expect((await askAs(['pull'], 'GET', APP)).status).toBe(200);
  });

  it('is not deleted by clients where deleting is switched off', async () => {
    await installation.close();
    installation = await openInstallation({ isDeletionEnabled: false });
    await fillRepository(installation.database, 'team/app', { tags: ['v1'] });
    expect((await askAs(['delete'], 'DELETE', APP)).status).toBe(405);
    expect((await askAs(['delete'], 'POST', `${APP}/deletion`, { tag: 'v1' })).status).toBe(405);
    expect((await ask('DELETE', APP)).status).toBe(200);
  });

  it('says what would go with a tag, and takes it', async () => {
    const digest = await fillRepository(installation.database, 'team/app', { tags: ['v1'] });
    const foreseen = await ask('GET', `${APP}/deletion?tag=v1`);
    expect(foreseen.document).toEqual({
      repository: 'team/app',
      tag: 'v1',
      manifests: [{ digest, reason: 'asked', with: null, tags: ['v1'] }],
    });
    const deleted = await ask('POST', `${APP}/deletion`, { tag: 'v1' });
    expect(deleted.document).toMatchObject({
      manifests: [{ digest }],
      trash: { kind: 'manifest', digest, cause: 'admin' },
    });
    expect((await ask('GET', `${APP}/deletion?tag=v1`)).status).toBe(404);
    for (const body of [{}, { tag: 'v1', digest }, { tag: '/' }]) {
      expect((await ask('POST', `${APP}/deletion`, body)).status).toBe(400);
    }
  });
});

describe('the trash', () => {
  it('is listed newest first, page by page, and of one repository', async () => {
    for (const name of ['team/a', 'team/b', 'team/c']) {
      await fillRepository(installation.database, name, { tags: ['v1'] });
      await ask('DELETE', `/repositories/${encodeURIComponent(name)}`);
    }
    const first = await ask('GET', '/trash?limit=2');
    expect(first.document).toMatchObject({ entries: [{ repository: 'team/c' }, { repository: 'team/b' }], next: '2' });
    const second = await ask('GET', '/trash?limit=2&after=2');
    expect(second.document).toMatchObject({ entries: [{ repository: 'team/a' }], next: null });
    const one = await ask('GET', '/trash?repository=team/b');
    expect(one.document).toMatchObject({ entries: [{ id: 2, repository: 'team/b', cause: 'admin' }] });
    expect((await ask('GET', '/trash?after=x')).status).toBe(400);
  });

  it('is narrowed by parts of names, by kind and by plan', async () => {
    for (const name of ['team/app_1', 'team/app-2', 'other']) {
      await fillRepository(installation.database, name, { tags: ['v1'] });
      await ask('DELETE', `/repositories/${encodeURIComponent(name)}`);
    }
    await fillRepository(installation.database, 'team/built', { tags: ['v1'] });
    const { document } = await ask('POST', '/plans', { repositories: 'team/built', tags: ['*'] });
    const { id } = document['plan'] as { id: string };
    await ask('POST', `/plans/${id}/apply`, {});
    const found = async (query: string): Promise<unknown[]> => {
      const { document: page } = await ask('GET', `/trash?${query}`);
      return (page['entries'] as { repository: string }[]).map(({ repository }) => repository);
    };
    // Nothing in a name stands for something else.
    expect(await found('q=APP_')).toEqual(['team/app_1']);
    expect(await found('q=team/&kind=repository')).toEqual(['team/app-2', 'team/app_1']);
    expect(await found('kind=manifest')).toEqual(['team/built']);
    expect(await found(`planId=${id}`)).toEqual(['team/built']);
    expect(await found('deletedBy=LOCAL')).toHaveLength(4);
    expect(await found('deletedBy=nobody')).toEqual([]);
  });

  it('shows an entry and counts what it keeps, until it is emptied', async () => {
    const digest = await fillRepository(installation.database, 'team/app', { tags: ['v1'] });
    installation.clock.now = new Date('2026-11-20T12:00:00Z');
    await ask('POST', `${APP}/deletion`, { digest });
    const shown = await ask('GET', '/trash/1');
    expect(shown.document).toMatchObject({
      entry: { kind: 'manifest', digest, manifests: 1, tags: 1, firstTag: 'v1', expiresAt: '2026-11-27T12:00:00.000Z' },
      tags: [{ tag: 'v1', digest }],
      manifests: [digest],
    });
    expect((await ask('GET', '/trash/totals')).document).toMatchObject({
      restorable: { entries: 1, blobs: 2 },
      reclaimable: { entries: 0, blobs: 0, bytes: 0 },
    });
    expect((await ask('POST', '/trash/empty', { id: 1 })).document).toEqual({ entries: 1 });
    expect((await ask('GET', '/trash/1')).document).toMatchObject({ type: '/api/v1/problems/TRASH_UNKNOWN' });
    expect((await ask('GET', '/trash/totals')).document).toMatchObject({ reclaimable: { entries: 1, blobs: 2 } });
    expect((await ask('POST', '/trash/restore', { id: 1 })).status).toBe(404);
  });

  const unclear = [{}, { id: 1, planId: 'x' }, { tag: 'v1' }, { repository: 'a', tag: 'v1', digest: 'sha256:x' }];
  for (const body of unclear) {
    it(`does not guess what ${JSON.stringify(body)} is to restore`, async () => {
      expect((await ask('POST', '/trash/restore', body)).status).toBe(400);
    });
  }
});
