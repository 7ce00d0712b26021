import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, randomBlob, type Content } from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';
import { deleteQuotaWithMembers, insertQuotaWithMembers } from '../metadata/quota-members.ts';
import { listQuotas, type QuotaLimits } from '../metadata/quotas.ts';
import { recountUsage } from '../metadata/recount-usage.ts';

const registry = sharedRegistry();

let repository: string;
let quotaId: number | undefined;

beforeEach(() => {
  repository = newRepository();
});

afterEach(async () => {
  const id = quotaId;
  quotaId = undefined;
  if (id !== undefined) await registry().db.transaction((tx) => deleteQuotaWithMembers(tx, id));
});

async function limit(limits: Partial<QuotaLimits>): Promise<void> {
  const quota = { pattern: repository, bytes: null, manifests: null, tags: null, createdBy: 'ada', ...limits };
  quotaId = await registry().db.transaction((tx) => insertQuotaWithMembers(tx, quota, new Date()));
}

async function used() {
  return (await listQuotas(registry().db, (quotaId ?? 0) - 1, 1))[0]?.used;
}

function putManifest(manifest: Content, tag: string): Promise<Response> {
  const headers = { 'content-type': manifest.mediaType };
  return registry().client.send('PUT', `/v2/${repository}/manifests/${tag}`, { headers, body: manifest.bytes });
}

function postBlob(blob: Content): Promise<Response> {
  const headers = { 'content-type': 'application/octet-stream' };
  return registry().client.send('POST', `/v2/${repository}/blobs/uploads/?digest=${blob.digest}`, {
    headers,
    body: blob.bytes,
  });
}

describe('a push into a repository with a quota', () => {
  it('is refused with DENIED, and a sentence that says what to do; nothing of it counts', async () => {
    await limit({ bytes: 1000 });
    const reply = await postBlob(randomBlob(1001));
    expect(await errorReply(reply)).toMatchObject({ status: 403, code: 'DENIED' });
    expect(await used()).toEqual({ bytes: 0, manifests: 0, tags: 0 });
    expect((await postBlob(randomBlob(1000))).status).toBe(201);
    expect(await used()).toMatchObject({ bytes: 1000 });
  });

  it('of as many requests at once as come takes as many as fit', async () => {
    await limit({ bytes: 5500 });
    const replies = await Promise.all(Array.from({ length: 16 }, () => postBlob(randomBlob(1000))));
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(5);
    expect(statuses.filter((status) => status === 403)).toHaveLength(11);
    expect(await used()).toMatchObject({ bytes: 5000 });
    expect(await recountUsage(registry().db)).toEqual([]);
  });

  it('that is sent in pieces of no known length is refused at its end, and its session is over', async () => {
    await limit({ bytes: 1000 });
    const blob = randomBlob(2000);
    const opened = await registry().client.send('POST', `/v2/${repository}/blobs/uploads/`);
    const location = opened.headers.get('location') ?? '';
    const body = new Blob([blob.bytes]).stream();
    const patched = await registry().client.send('PATCH', location, {
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    const status =
      patched.status === 202
        ? (await registry().client.send('PUT', `${location}?digest=${blob.digest}`)).status
        : patched.status;
    expect(status).toBe(403);
    expect(await used()).toMatchObject({ bytes: 0 });
  });

  it('counts manifests and tags, and lets a tag move where no other may be made', async () => {
    const image = imageOf([randomBlob(10)]);
    for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
    await limit({ tags: 1, manifests: 2 });
    expect((await putManifest(image.manifest, 'v1')).status).toBe(201);
    expect(await errorReply(await putManifest(image.manifest, 'v2'))).toMatchObject({ status: 403, code: 'DENIED' });
    const next = imageOf([randomBlob(10)]);
    for (const blob of next.blobs) await registry().client.pushBlob(repository, blob);
    expect((await putManifest(next.manifest, 'v1')).status).toBe(201);
    const third = imageOf([randomBlob(10)]);
    for (const blob of third.blobs) await registry().client.pushBlob(repository, blob);
    expect((await putManifest(third.manifest, 'v1')).status).toBe(403);
    expect(await used()).toMatchObject({ manifests: 2, tags: 1 });
  });

  it('is warned when little is left', async () => {
    const image = imageOf([randomBlob(100)]);
    for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
    await limit({ manifests: 1 });
    const reply = await putManifest(image.manifest, 'v1');
    expect(reply.status).toBe(201);
    expect(reply.headers.get('warning')).toBe(`299 - "100 % of the quota of repositories ${repository} is used"`);
  });

  it('finds room again as soon as something is deleted', async () => {
    const image = imageOf([randomBlob(10)]);
    for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
    await limit({ manifests: 1 });
    await putManifest(image.manifest, 'v1');
    const next = imageOf([randomBlob(10)]);
    for (const blob of next.blobs) await registry().client.pushBlob(repository, blob);
    expect((await putManifest(next.manifest, 'v2')).status).toBe(403);
    await registry().client.send('DELETE', `/v2/${repository}/manifests/${image.manifest.digest}`);
    expect(await used()).toMatchObject({ manifests: 0, tags: 0 });
    expect((await putManifest(next.manifest, 'v2')).status).toBe(201);
  });
});
