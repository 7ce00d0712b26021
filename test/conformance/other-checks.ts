import { imageOf, randomBlob, type Content } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { expectHeader, expectSpecifiedError, expectStatus, expectThat } from './expectations.ts';
import type { Report } from './report.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';

export interface Clients {
  /** With the administrator's credentials. */
  readonly known: RegistryClient;
  /** With none. */
  readonly unknown: RegistryClient;
}

/** The front door, and questions about what was never pushed. */
export async function checkEmpty(report: Report, { known, unknown }: Clients): Promise<void> {
  await report.check('GET /v2/', async () => await expectStatus(await known.send('GET', '/v2/'), 200));
  await report.check('GET /v2/ without credentials', async () => {
    const reply = await unknown.send('GET', '/v2/');
    await expectStatus(reply, 401);
    expectThat(reply.headers.has('www-authenticate'), 'no WWW-Authenticate');
    await expectSpecifiedError(reply);
  });
  await report.check('tags of an unknown repository', async () => {
    await expectStatus(await known.send('GET', '/v2/conformance/never/tags/list'), 200, 404);
  });
  await report.check('referrers in an unknown repository', async () => {
    const reply = await known.send('GET', `/v2/conformance/never/referrers/${randomBlob(10).digest}`);
    await expectStatus(reply, 200);
    expectHeader(reply, 'content-type', INDEX);
    const index: { manifests: unknown } = JSON.parse(await reply.text());
    expectThat(Array.isArray(index.manifests) && index.manifests.length === 0, 'not an empty list');
  });
}

/** Manifests that are not there, or are not what they say. */
export async function checkRefusals(report: Report, client: RegistryClient): Promise<void> {
  const image = imageOf([randomBlob(100)]);
  for (const blob of image.blobs) await client.pushBlob('conformance/one', blob);
  // The released suite asks for `.INVALID_MANIFEST_NAME`: it can be no tag, and therefore is not there.
  for (const missing of [randomBlob(10).digest, 'missing-tag', '.INVALID_MANIFEST_NAME']) {
    for (const method of ['GET', 'HEAD']) {
      await report.check(`${method} of manifest ${missing.slice(0, 30)}, which is not there`, async () => {
        await expectStatus(await client.send(method, `/v2/conformance/one/manifests/${missing}`), 404);
      });
    }
  }
  await report.check('GET of sha256:baddigeststring', async () => {
    await expectStatus(await client.send('GET', '/v2/conformance/one/manifests/sha256:baddigeststring'), 400, 404);
  });
  await report.check('PUT as sha256:baddigeststring', async () => {
    const reply = await put(client, image.manifest, 'sha256:baddigeststring');
    await expectStatus(reply, 400);
    await expectSpecifiedError(reply);
  });
  await report.check('PUT of what is no manifest', async () => {
    const reply = await put(client, { ...image.manifest, bytes: new TextEncoder().encode('blablabla') }, 'nonsense');
    await expectStatus(reply, 400);
    await expectSpecifiedError(reply);
  });
  await report.check('PUT by digest of other bytes', async () => {
    const bytes = Buffer.concat([image.manifest.bytes, Buffer.from('  ')]);
    await expectStatus(await put(client, { ...image.manifest, bytes }, image.manifest.digest), 400);
    const path = `/v2/conformance/one/manifests/${image.manifest.digest}`;
    await expectStatus(await client.send('GET', path), 404);
  });
}

/** Lists in pages, and what deleting takes out of them. */
export async function checkPages(report: Report, client: RegistryClient): Promise<void> {
  const image = imageOf([randomBlob(100)]);
  const tags = ['test0', 'test1', 'test2', 'test3'];
  for (const tag of tags) await client.pushImage('conformance/pages', image, tag);
  const list = async (query: string): Promise<{ tags: string[]; link: string | null }> => {
    const reply = await client.send('GET', `/v2/conformance/pages/tags/list${query}`);
    await expectStatus(reply, 200);
    const document: { tags: string[] } = JSON.parse(await reply.text());
    return { tags: document.tags, link: reply.headers.get('link') };
  };
  await report.check('tags/list?n=0', async () => {
    const page = await list('?n=0');
    expectThat(page.tags.length === 0 && page.link === null, JSON.stringify(page));
  });
  await report.check('tags/list?n=2, and its Link', async () => {
    const first = await list('?n=2');
    expectThat(first.tags.join() === 'test0,test1', JSON.stringify(first));
    const next = /^<([^>]+)>; rel="next"$/.exec(first.link ?? '')?.[1];
    expectThat(next !== undefined, `Link is ${first.link}`);
    const second = await list(new URL(next, 'http://registry').search);
    expectThat(second.tags.join() === 'test2,test3' && second.link === null, JSON.stringify(second));
  });
  await report.check('tags/list after a tag was deleted', async () => {
    await client.deleteManifest('conformance/pages', 'test0');
    expectThat((await list('')).tags.join() === 'test1,test2,test3', 'not exactly the deleted one is gone');
    await expectStatus(await client.send('GET', `/v2/conformance/pages/manifests/${image.manifest.digest}`), 200);
  });
  await report.check('tags/list after the manifest was deleted', async () => {
    await client.deleteManifest('conformance/pages', image.manifest.digest);
    expectThat((await client.tags('conformance/pages')).length === 0, 'tags are left');
  });
}

async function put(client: RegistryClient, manifest: Content, tagOrDigest: string): Promise<Response> {
  const headers = { 'content-type': manifest.mediaType };
  return await client.send('PUT', `/v2/conformance/one/manifests/${tagOrDigest}`, { body: manifest.bytes, headers });
}
