import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { errorReply } from '../../test/support/error-reply.ts';
import {
  descriptorOf,
  documentOf,
  IMAGE_CONFIG,
  IMAGE_MANIFEST,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
  type Image,
} from '../../test/support/image.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { RuleBook } from '../registry/rules/rule-book.ts';
import type { RuleKind, RuleSettings } from '../registry/rules/rule.ts';

const registry = sharedRegistry();
const HOUR = 3600;
const DAY = 24 * HOUR;

/** An image whose config has these labels. */
function labelled(labels: Readonly<Record<string, string>>, fields: object = {}): Image {
  const layer = randomBlob(10);
  const config = documentOf(IMAGE_CONFIG, { architecture: 'amd64', os: 'linux', config: { Labels: labels } });
  const document = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: descriptorOf(config),
    layers: [descriptorOf(layer)],
    ...fields,
  };
  return { manifest: documentOf(IMAGE_MANIFEST, document), blobs: [config, layer] };
}

function put(repository: string, tagOrDigest: string, { mediaType, bytes }: Content): Promise<Response> {
  const headers = { 'content-type': mediaType };
  return registry().client.send('PUT', `/v2/${repository}/manifests/${tagOrDigest}`, { headers, body: bytes });
}

async function push(repository: string, tag: string, image: Image): Promise<Response> {
  for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
  return put(repository, tag, image.manifest);
}

function pull(repository: string, reference: string, method = 'GET'): Promise<Response> {
  return registry().client.send(method, `/v2/${repository}/manifests/${reference}`);
}

async function withRule<Kind extends RuleKind>(kind: Kind, pattern: string, settings: RuleSettings[Kind]) {
  const { db, repositoryRules, clock } = registry();
  const book = new RuleBook({ db, rules: repositoryRules, now: clock.now });
  const { rule } = await book.add({ kind, pattern, settings }, SOMEBODY);
  return { [Symbol.asyncDispose]: async () => void (await book.remove(rule.id, SOMEBODY)) };
}

function inSeconds(seconds: number): string {
  return new Date(registry().clock.now().getTime() + seconds * 1000).toISOString();
}

describe('an image with quay.expires-after', () => {
  it('is told when it ends as it is pushed, warns before its end, and is gone from then on', async () => {
    const repository = newRepository();
    const image = labelled({ 'quay.expires-after': '4h' });
    const end = inSeconds(4 * HOUR);
    const reply = await push(repository, 'v1', image);
    expect(reply.status).toBe(201);
    expect(reply.headers.get('warning')).toBe(
      `299 - "this image ends at ${end}, and cannot be pulled from then on: push it again to renew it"`,
    );
    const { digest } = image.manifest;
    for (const reference of ['v1', digest]) {
      const pulled = await pull(repository, reference);
      expect([pulled.status, pulled.headers.get('warning')]).toEqual([200, null]);
    }
    registry().clock.advance(3 * HOUR);
    const warning = `299 - "this image ends at ${end}: it cannot be pulled from then on"`;
    for (const [reference, method] of [
      ['v1', 'GET'],
      ['v1', 'HEAD'],
      [digest, 'GET'],
    ] as const) {
      const pulled = await pull(repository, reference, method);
      expect([pulled.status, pulled.headers.get('warning')]).toEqual([200, warning]);
    }
    registry().clock.advance(HOUR);
    for (const reference of ['v1', digest]) {
      expect(await errorReply(await pull(repository, reference))).toMatchObject({
        status: 404,
        code: 'MANIFEST_UNKNOWN',
      });
    }
    await registry().collect({ deleteUntagged: false });
    expect(await registry().client.tags(repository)).toEqual([]);
  });

  it('begins again when it is pushed again', async () => {
    const repository = newRepository();
    const image = labelled({ 'quay.expires-after': '1h' });
    await push(repository, 'v1', image);
    registry().clock.advance(1800);
    await push(repository, 'v1', image);
    registry().clock.advance(2700);
    expect((await pull(repository, 'v1')).status).toBe(200);
    registry().clock.advance(1800);
    expect((await pull(repository, 'v1')).status).toBe(404);
    expect((await push(repository, 'v1', image)).status).toBe(201);
    expect((await pull(repository, 'v1')).status).toBe(200);
  });

  it('lives on for ever where the label says no time, and whoever pushes hears of it', async () => {
    const repository = newRepository();
    const reply = await push(repository, 'v1', labelled({ 'quay.expires-after': 'soon' }));
    expect(reply.headers.get('warning')).toBe(
      String.raw`299 - "quay.expires-after is no duration such as 12h, 3d or 2w: \"soon\""`,
    );
    registry().clock.advance(1000 * DAY);
    expect((await pull(repository, 'v1')).status).toBe(200);
  });

  it('goes to the trash, and comes back from it to stay', async () => {
    const repository = newRepository();
    const image = labelled({ 'quay.expires-after': '1h' });
    await push(repository, 'v1', image);
    registry().clock.advance(HOUR);
    await registry().collect({ deleteUntagged: false, graceSeconds: 3600 });
    const { entries } = await registry().trash.list({ repository: parseRepositoryName(repository) }, { limit: 10 });
    expect(entries).toMatchObject([{ kind: 'manifest', digest: image.manifest.digest, cause: 'expiry' }]);
    await registry().trash.restore({ id: entries[0]?.id ?? 0 }, SOMEBODY);
    registry().clock.advance(1000 * DAY);
    await registry().collect({ deleteUntagged: false });
    expect((await pull(repository, 'v1')).status).toBe(200);
  });
});

describe('an image that says when it ends', () => {
  it('says it by annotations, also as a moment', async () => {
    const repository = newRepository();
    const moment = imageOf([randomBlob(10)], { annotations: { 'io.havre.expires-at': inSeconds(HOUR) } });
    const duration = imageOf([randomBlob(10)], { annotations: { 'io.havre.expires-after': '2h' } });
    await push(repository, 'moment', moment);
    await push(repository, 'duration', duration);
    registry().clock.advance(HOUR);
    expect((await pull(repository, 'moment')).status).toBe(404);
    expect((await pull(repository, 'duration')).status).toBe(200);
    expect(await errorReply(await put(repository, 'again', moment.manifest))).toMatchObject({
      status: 400,
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('its time is over'),
    });
  });
});

describe('an index', () => {
  async function pushIndex(
    fields: object,
    ...children: readonly Image[]
  ): Promise<{ repository: string; index: Content }> {
    const repository = newRepository();
    for (const child of children) await push(repository, child.manifest.digest, child);
    const index = indexOf(
      children.map(({ manifest }) => manifest),
      fields,
    );
    await put(repository, 'v1', index);
    return { repository, index };
  }

  it('that says nothing ends with the first of what it names', async () => {
    const children = [labelled({ 'quay.expires-after': '2h' }), labelled({ 'quay.expires-after': '1h' }), labelled({})];
    const { repository } = await pushIndex({}, ...children);
    expect((await pull(repository, 'v1')).status).toBe(200);
    registry().clock.advance(HOUR);
    expect((await pull(repository, 'v1')).status).toBe(404);
    expect((await pull(repository, children[0]?.manifest.digest ?? '')).status).toBe(200);
    expect((await pull(repository, children[1]?.manifest.digest ?? '')).status).toBe(404);
  });

  it('that says more keeps what it names for as long', async () => {
    const child = labelled({ 'quay.expires-after': '1h' });
    const { repository } = await pushIndex({ annotations: { 'io.havre.expires-after': '3h' } }, child);
    registry().clock.advance(2 * HOUR);
    await registry().collect({ deleteUntagged: false });
    expect((await pull(repository, child.manifest.digest)).status).toBe(200);
    expect((await pull(repository, 'v1')).status).toBe(200);
    registry().clock.advance(HOUR);
    expect((await pull(repository, child.manifest.digest)).status).toBe(404);
    expect((await pull(repository, 'v1')).status).toBe(404);
  });
});

describe('a rule that lets images expire', () => {
  it('counts from the push, and the shortest time holds', async () => {
    const repository = newRepository();
    await using _ = await withRule('expire', repository, { afterSeconds: 2 * HOUR });
    await push(repository, 'plain', imageOf([randomBlob(10)]));
    await push(repository, 'short', labelled({ 'quay.expires-after': '1h' }));
    await push(repository, 'long', labelled({ 'quay.expires-after': '3h' }));
    const answers = async (): Promise<number[]> => {
      const replies = ['plain', 'short', 'long'].map((tag) => pull(repository, tag));
      return (await Promise.all(replies)).map(({ status }) => status);
    };
    expect(await answers()).toEqual([200, 200, 200]);
    registry().clock.advance(HOUR);
    expect(await answers()).toEqual([200, 404, 200]);
    registry().clock.advance(HOUR);
    expect(await answers()).toEqual([404, 404, 404]);
  });

  it('on tags lets go what has such tags alone', async () => {
    const repository = newRepository();
    await using _ = await withRule('expire', repository, { afterSeconds: HOUR, tags: ['pr-*'] });
    const [review, both, release] = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    await push(repository, 'pr-1', review);
    await push(repository, 'pr-2', both);
    await push(repository, 'v2', both);
    await push(repository, 'v3', release);
    registry().clock.advance(HOUR);
    await registry().collect({ deleteUntagged: false });
    expect(await registry().client.tags(repository)).toEqual(['pr-2', 'v2', 'v3']);
  });

  it('that is gone lets nothing expire any more', async () => {
    const repository = newRepository();
    {
      await using _ = await withRule('expire', repository, { afterSeconds: HOUR });
      await push(repository, 'v1', imageOf([randomBlob(10)]));
    }
    registry().clock.advance(HOUR);
    await registry().collect({ deleteUntagged: false });
    expect((await pull(repository, 'v1')).status).toBe(200);
  });

  it('does not reach what another rule protects', async () => {
    const repository = newRepository();
    await using _expire = await withRule('expire', repository, { afterSeconds: HOUR });
    await using _immutable = await withRule('immutable', repository, { tags: ['v*'], except: [] });
    expect((await push(repository, 'v1', imageOf([randomBlob(10)]))).headers.get('warning')).toBeNull();
    await push(repository, 'latest', imageOf([randomBlob(10)]));
    registry().clock.advance(HOUR);
    await registry().collect({ deleteUntagged: false });
    expect((await pull(repository, 'v1')).status).toBe(200);
    expect((await pull(repository, 'latest')).status).toBe(404);
  });
});

it('does not end an image that was pinned after it was pushed', async () => {
  const repository = newRepository();
  const image = labelled({ 'quay.expires-after': '1h' });
  await push(repository, 'v1', image);
  await using _ = await withRule('pinned', repository, { digest: parseDigest(image.manifest.digest) });
  registry().clock.advance(HOUR);
  await registry().collect({ deleteUntagged: false });
  expect((await pull(repository, 'v1')).status).toBe(200);
});

describe('without memory for manifests', () => {
  it('what has ended is gone all the same', async () => {
    await using other = await openRegistry({ cacheBytes: 0 });
    const image = labelled({ 'quay.expires-after': '1h' });
    await other.client.pushImage('a', image, 'v1');
    other.clock.advance(HOUR);
    expect((await other.client.send('GET', '/v2/a/manifests/v1')).status).toBe(404);
  });
});
