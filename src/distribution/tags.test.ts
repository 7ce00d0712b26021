import { beforeAll, describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();
const repository = newRepository();
/** In the order of bytes, which is no language's. */
const TAGS = ['0', '1.0', '1.0-rc1', '10', '2', 'A', 'Z', '_x', 'a', 'a.b', 'a_b', 'aa', 'latest', 'z'];

beforeAll(async () => {
  const image = imageOf([randomBlob(10)]);
  await registry().client.pushImage(repository, image);
  for (const tag of TAGS.toReversed()) await registry().client.pushManifest(repository, image.manifest, tag);
});

interface TagPage {
  readonly name: string;
  readonly tags: readonly string[];
  /** The address of the next page, as its Link says. */
  readonly next: string | undefined;
}

async function list(path: string): Promise<TagPage> {
  const reply = await registry().client.send('GET', path);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('application/json');
  const document = (await reply.json()) as { name: string; tags: string[] };
  const link = reply.headers.get('link');
  const next = /^<([^>]+)>; rel="next"$/.exec(link ?? '')?.[1];
  expect(next === undefined).toBe(link === null);
  return { ...document, next };
}

function listWith(query: string): Promise<TagPage> {
  return list(`/v2/${repository}/tags/list${query}`);
}

describe('GET tags/list', () => {
  it('is all tags, in the order of bytes, without Link', async () => {
    expect(await listWith('')).toEqual({ name: repository, tags: TAGS, next: undefined });
  });

  it('is answered by HEAD with the length of the list', async () => {
    const reply = await registry().client.send('HEAD', `/v2/${repository}/tags/list`);
    expect(reply.status).toBe(200);
    expect(Number(reply.headers.get('content-length'))).toBe(JSON.stringify({ name: repository, tags: TAGS }).length);
  });

  it('is an empty list, not null, where there are manifests and no tag', async () => {
    const other = newRepository();
    await registry().client.pushImage(other, imageOf([]));
    expect((await list(`/v2/${other}/tags/list`)).tags).toEqual([]);
  });

  it('is an empty list where there are only blobs', async () => {
    const other = newRepository();
    await registry().client.pushBlob(other, randomBlob(10));
    expect((await list(`/v2/${other}/tags/list`)).tags).toEqual([]);
  });

  it('is 404 NAME_UNKNOWN where there is no such repository', async () => {
    const reply = await registry().client.send('GET', `/v2/${newRepository()}/tags/list`);
    expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  });
});

describe('n', () => {
  for (const n of [1, 2, 5, 13]) {
    it(`is the size of a page, and the Links lead to all of them: ${n}`, async () => {
      const tags: string[] = [];
      for (let page = await listWith(`?n=${n}`); ; page = await list(page.next)) {
        tags.push(...page.tags);
        expect(page.tags.length).toBe(Math.min(n, TAGS.length - (tags.length - page.tags.length)));
        if (page.next === undefined) break;
        expect(page.next).toStartWith(`/v2/${repository}/tags/list?n=${n}&last=`);
      }
      expect(tags).toEqual(TAGS);
    });
  }

  for (const n of [TAGS.length, 1000, 10_000, 10_001, '9'.repeat(30)]) {
    it(`is all of them where it is as many, without Link: ${String(n).slice(0, 10)}`, async () => {
      expect(await listWith(`?n=${n}`)).toEqual({ name: repository, tags: TAGS, next: undefined });
    });
  }

  it('of 0 is an empty list without Link', async () => {
    expect(await listWith('?n=0')).toEqual({ name: repository, tags: [], next: undefined });
  });

  it('of nothing is none', async () => {
    expect((await listWith('?n=')).tags).toEqual(TAGS);
  });

  for (const n of ['-1', 'a', '1.5', '1e3', '0x10', ' 1', '1 ', '٣', 'NaN']) {
    it(`that is no whole number is 400 PAGINATION_NUMBER_INVALID: "${n}"`, async () => {
      const query = new URLSearchParams({ n });
      const reply = await registry().client.send('GET', `/v2/${repository}/tags/list?${query}`);
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'PAGINATION_NUMBER_INVALID' });
    });
  }
});

describe('last', () => {
  it('begins after it, without n as with it', async () => {
    expect((await listWith('?last=a')).tags).toEqual(['a.b', 'a_b', 'aa', 'latest', 'z']);
    expect(await listWith('?last=a&n=2')).toMatchObject({ tags: ['a.b', 'a_b'] });
  });

  it('need not be there', async () => {
    expect((await listWith('?last=m')).tags).toEqual(['z']);
    expect((await listWith('?last=B')).tags).toEqual(TAGS.slice(TAGS.indexOf('Z')));
  });

  it('may be anything', async () => {
    expect((await listWith('?last=zz')).tags).toEqual([]);
    expect((await listWith('?last=')).tags).toEqual(TAGS);
    expect((await listWith(`?last=${encodeURIComponent("'; DROP TABLE tags; --")}`)).tags).toEqual(TAGS);
    expect((await listWith('?last=%00')).tags).toEqual(TAGS);
    expect((await listWith('?last=%ff%fe')).tags).toEqual([]);
    expect((await listWith(`?last=${'z'.repeat(5000)}`)).tags).toEqual([]);
  });

  it('is exclusive, and the last page has no Link', async () => {
    expect(await listWith('?n=2&last=aa')).toEqual({ name: repository, tags: ['latest', 'z'], next: undefined });
  });
});

describe('a list without n of more tags than one page has', () => {
  it('has a Link all the same', async () => {
    const other = newRepository();
    const image = imageOf([]);
    await registry().client.pushImage(other, image);
    const tags = Array.from({ length: 10_050 }, (_, index) => `t${String(index).padStart(5, '0')}`);
    for (let start = 0; start < tags.length; start += 100) {
      const query = new URLSearchParams(tags.slice(start, start + 100).map((tag): [string, string] => ['tag', tag]));
      const headers = { 'content-type': image.manifest.mediaType };
      const path = `/v2/${other}/manifests/${image.manifest.digest}?${query}`;
      await registry().client.expect(201, 'PUT', path, { headers, body: image.manifest.bytes });
    }
    const first = await list(`/v2/${other}/tags/list`);
    expect(first.tags).toEqual(tags.slice(0, 10_000));
    expect(first.next).toBe(`/v2/${other}/tags/list?last=t09999`);
    const second = await list(first.next ?? '');
    expect(second.tags).toEqual(tags.slice(10_000));
    expect(second.next).toBeUndefined();
  });
});
