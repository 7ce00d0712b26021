import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { EVERYTHING } from '../../auth/rights.ts';
import { identityOf } from '../../auth/identity.ts';
import { descriptorOf, imageOf, indexOf, type Content } from '../../../test/support/image.ts';
import { addPulls } from '../../metadata/pulls.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const APP = parseRepositoryName('team/app');
const PATH = '/repositories/team%2Fapp';
const NOW = '2026-11-20T10:00:00.000Z';

async function push(tagOrDigest: string, { bytes, mediaType }: Content): Promise<void> {
  const pushed = { bytes, contentType: mediaType, extraTags: [] };
  await installation.manifests.put(APP, parseTagOrDigest(tagOrDigest), pushed, SOMEBODY);
}

describe('whoever pulls without an account', () => {
  it('is not told who pulled, who moved a tag, or whom a rule lets', async () => {
    const image = imageOf([]).manifest;
    await push('v1', image);
    const repositoryId = (await findRepositoryId(installation.database, APP)) ?? 0;
    const pull = { repositoryId, digest: parseDigest(image.digest), principalId: 'user:ada', principalName: 'ada' };
    await installation.database.transaction((tx) => addPulls(tx, [{ ...pull, pulledAt: new Date(NOW), count: 3 }]));
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password: 'a long enough password' });
    const rule = { kind: 'protected', pattern: '**', tags: ['*'], principals: [{ kind: 'user', name: 'ada' }] };
    expect((await askAdmin(installation, 'POST', '/rules', rule)).status).toBe(201);
    const principal = { kind: 'anonymous', id: 'anonymous', name: '' } as const;
    const account = { principal, generation: '', isAdministrator: false, rights: EVERYTHING };
    const anonymous = identityOf({ account, scheme: 'none' });
    const read = async (path: string): Promise<string> => {
      const request = new Request(`http://localhost/api/v1${PATH}${path}`);
      const response = await installation.api(request, anonymous, {
        source: '192.0.2.1',
        requestId: 'test',
        secure: false,
        host: 'localhost',
      });
      expect(response.status).toBe(200);
      return response.text();
    };
    for (const path of ['/tags', `/manifests/${image.digest}`, '/tags/v1/history']) {
      expect(await read(path)).not.toMatch(/ada|somebody|test\/1/);
    }
  });
});

describe('the tags of a repository', () => {
  it('come by name, in pages, with what they name and who pulled it last', async () => {
    const image = imageOf([], { annotations: { 'io.havre.expires-after': '1h' } }).manifest;
    for (const tag of ['v2', 'latest', 'v1']) await push(tag, image);
    const repositoryId = (await findRepositoryId(installation.database, APP)) ?? 0;
    const pull = { repositoryId, digest: parseDigest(image.digest), principalId: 'user:ada', principalName: 'ada' };
    await installation.database.transaction((tx) => addPulls(tx, [{ ...pull, pulledAt: new Date(NOW), count: 3 }]));
    const first = await askAdmin(installation, 'GET', `${PATH}/tags?limit=2`);
    const shown = {
      digest: image.digest,
      mediaType: image.mediaType,
      artifactType: 'application/vnd.oci.image.config.v1+json',
      subject: null,
      size: image.bytes.byteLength,
      pushedAt: NOW,
      expiresAt: '2026-11-20T11:00:00.000Z',
      lastPulledAt: NOW,
      lastPulledBy: 'ada',
      pulls: 3,
      platform: null,
      builtAt: null,
      setBy: SOMEBODY.principalName,
      children: 0,
      platforms: [],
      bytes: image.bytes.byteLength,
      otherTags: 2,
      isImmutable: false,
      isProtected: false,
      isPinned: false,
    };
    expect(first.document).toEqual({
      tags: ['latest', 'v1'].map((name) => ({ name, updatedAt: NOW, ...shown })),
      total: 3,
      next: 'v1',
    });
    const second = await askAdmin(installation, 'GET', `${PATH}/tags?limit=2&after=v1`);
    expect(second.document).toMatchObject({ tags: [{ name: 'v2', digest: image.digest }], next: null });
  });

  it('are none of a repository that is not there', async () => {
    expect((await askAdmin(installation, 'GET', `${PATH}/tags`)).document['type']).toEndWith('NAME_UNKNOWN');
  });
});

describe('a manifest', () => {
  it('is shown with its tags, what it belongs to, and what keeps it', async () => {
    const child = imageOf([]).manifest;
    await push(child.digest, child);
    const index = indexOf([child], { annotations: { a: 'b' } });
    await push('v1', index);
    const signature = imageOf([], { subject: descriptorOf(index) }).manifest;
    await push(signature.digest, signature);
    await askAdmin(installation, 'POST', '/rules', { kind: 'immutable', pattern: '**', tags: ['v*'] });
    const show = async ({ digest }: Content): Promise<unknown> =>
      (await askAdmin(installation, 'GET', `${PATH}/manifests/${digest}`)).document['manifest'];
    const kept = `tag v1 is immutable (rule 1): it names ${index.digest} and cannot be deleted`;
    expect(await show(index)).toMatchObject({
      annotations: { a: 'b' },
      tags: ['v1'],
      children: [child.digest],
      indexes: [],
      keptBy: kept,
    });
    const part = `it belongs to ${index.digest}, and ${kept}`;
    expect(await show(child)).toMatchObject({ tags: [], children: [], indexes: [index.digest], keptBy: part });
    expect(await show(signature)).toMatchObject({ subject: index.digest, keptBy: part });
  });

  it('that is not there is not shown', async () => {
    await push('v1', imageOf([]).manifest);
    const reply = await askAdmin(installation, 'GET', `${PATH}/manifests/sha256:${'0'.repeat(64)}`);
    expect([reply.status, reply.document['type']]).toEqual([404, expect.stringContaining('MANIFEST_UNKNOWN')]);
    expect((await askAdmin(installation, 'GET', `${PATH}/manifests/v1`)).status).toBe(400);
  });
});
