import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { digestOf } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

async function push(repository: string, text: string): Promise<void> {
  const bytes = new Uint8Array(Buffer.from(text));
  const chunk = { body: new Blob([bytes]).stream(), signal: AbortSignal.timeout(10_000) };
  await installation.uploads.push(parseRepositoryName(repository), digestOf(bytes), chunk);
}

const get = (path: string) => askAdmin(installation, 'GET', path);

describe('the largest repositories', () => {
  it('come page by page, each once, also where several are as large', async () => {
    for (const name of ['b', 'a', 'c']) await push(name, `as large ${name}`);
    await push('large', 'x'.repeat(100));
    await push('small', 'x');
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 5; page += 1) {
      const { document } = await get(`/sizes?limit=2${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`);
      expect(document['sums'] === null).toBe(after !== '');
      for (const { repository } of document['repositories'] as { repository: string }[]) seen.push(repository);
      if (document['next'] === null) break;
      after = document['next'] as string;
    }
    expect(seen).toEqual(['large', 'a', 'b', 'c', 'small']);
  });

  it('are not asked for with anything', async () => {
    expect((await get('/sizes?after=nonsense')).status).toBe(400);
    expect((await get('/sizes?pattern=a//b')).status).toBe(400);
  });
});

describe('a repository', () => {
  it('tells its size to whoever may pull it', async () => {
    await push('team/app', 'layer');
    expect((await get('/repositories/team%2Fapp/sizes')).document).toEqual({
      repository: 'team/app',
      size: { total: 5, unique: 5, shared: 0 },
      blobs: 1,
      blobBytes: 5,
      manifests: 0,
      manifestBytes: 0,
      tags: 0,
    });
    expect((await get('/repositories/nothing/sizes')).status).toBe(404);
    expect((await get('/repositories/team%2Fapp/tags/v1/size')).status).toBe(404);
  });
});

describe('quotas', () => {
  it('are paged, and taken once for each pattern', async () => {
    for (const pattern of ['a', 'b', 'c']) {
      expect((await askAdmin(installation, 'POST', '/quotas', { pattern, bytes: '1KiB' })).status).toBe(201);
    }
    expect(await askAdmin(installation, 'POST', '/quotas', { pattern: 'a', tags: 1 })).toMatchObject({
      status: 409,
      document: { type: '/api/v1/problems/QUOTA_TAKEN' },
    });
    const { document } = await get('/quotas?limit=2');
    expect(document).toMatchObject({
      quotas: [{ pattern: 'a', limits: { bytes: 1024 } }, { pattern: 'b' }],
      next: '2',
    });
    expect((await get('/quotas?limit=2&after=2')).document).toMatchObject({ quotas: [{ pattern: 'c' }], next: null });
  });

  it('change in what is named, and are written down', async () => {
    await askAdmin(installation, 'POST', '/quotas', { pattern: 'a', bytes: 10, tags: 3 });
    const { document } = await askAdmin(installation, 'PUT', '/quotas/1', { tags: null });
    expect(document).toMatchObject({ quota: { limits: { bytes: 10, manifests: null, tags: null } } });
    expect((await askAdmin(installation, 'PUT', '/quotas/7', { tags: 1 })).status).toBe(404);
    expect((await askAdmin(installation, 'DELETE', '/quotas/1')).status).toBe(200);
    expect((await askAdmin(installation, 'DELETE', '/quotas/1')).status).toBe(404);
    const rows = await installation.database.build((kysely) =>
      kysely.selectFrom('audit').select('action').where('action', 'like', 'quota.%').orderBy('id'),
    );
    expect(rows.map(({ action }) => action)).toEqual(['quota.created', 'quota.changed', 'quota.deleted']);
  });
});
