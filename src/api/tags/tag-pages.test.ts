import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { documentOf, IMAGE_CONFIG, imageOf, indexOf, type Content } from '../../../test/support/image.ts';
import { addPulls } from '../../metadata/pulls.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';
import type { TagDocument } from './contract.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const APP = parseRepositoryName('team/app');
const PATH = '/repositories/team%2Fapp/tags';
const START = Date.parse('2026-11-20T10:00:00Z');

/** Each image is one of its own. */
function image(text: string): Content {
  return imageOf([], { annotations: { text } }).manifest;
}

async function push(tagOrDigest: string, { bytes, mediaType }: Content, minute = 0): Promise<void> {
  installation.clock.now = new Date(START + minute * 60_000);
  const pushed = { bytes, contentType: mediaType, extraTags: [] };
  await installation.manifests.put(APP, parseTagOrDigest(tagOrDigest), pushed, SOMEBODY);
}

async function pull({ digest }: Content, minute: number): Promise<void> {
  const repositoryId = (await findRepositoryId(installation.database, APP)) ?? 0;
  const row = { repositoryId, digest: parseDigest(digest), principalId: 'user:ada', principalName: 'ada', count: 1 };
  const pulledAt = new Date(START + minute * 60_000);
  await installation.database.transaction((tx) => addPulls(tx, [{ ...row, pulledAt }]));
}

/** Of all pages, which have at most `limit` tags. */
async function namesInPages(query: string, limit = 2): Promise<readonly string[]> {
  const names: string[] = [];
  for (let after = ''; ;) {
    const { status, document } = await askAdmin(installation, 'GET', `${PATH}?limit=${limit}&${query}${after}`);
    expect(status).toBe(200);
    const tags = document['tags'] as TagDocument[];
    expect(tags.length).toBeLessThanOrEqual(limit);
    names.push(...tags.map(({ name }) => name));
    if (document['next'] === null) return names;
    after = `&after=${encodeURIComponent(document['next'] as string)}`;
  }
}

async function tag(name: string): Promise<TagDocument> {
  const { document } = await askAdmin(installation, 'GET', `${PATH}?prefix=${name}`);
  return (document['tags'] as TagDocument[])[0] as TagDocument;
}

describe('the order of tags', () => {
  it('is that of names, pushes or pulls, in both directions, each once, however short the pages are', async () => {
    const [one, two, three] = [image('1'), image('2'), image('3')];
    await push('b', one, 3);
    await push('a', two, 2);
    await push('d', one, 1);
    await push('c', three, 2);
    await push('e', image('never'), 0);
    await push('untagged', image('moved away'), 0);
    await push('untagged', three, 9);
    await pull(image('moved away'), 30);
    await pull(one, 10);
    await pull(two, 20);
    for (const limit of [1, 2, 100]) {
      const pages = (query: string): Promise<readonly string[]> => namesInPages(query, limit);
      expect(await pages('')).toEqual(['a', 'b', 'c', 'd', 'e', 'untagged']);
      expect(await pages('direction=descending')).toEqual(['untagged', 'e', 'd', 'c', 'b', 'a']);
      expect(await pages('sort=pushed')).toEqual(['e', 'd', 'a', 'c', 'b', 'untagged']);
      expect(await pages('sort=pushed&direction=descending')).toEqual(['untagged', 'b', 'c', 'a', 'd', 'e']);
      expect(await pages('sort=pulled')).toEqual(['c', 'e', 'untagged', 'b', 'd', 'a']);
      expect(await pages('sort=pulled&direction=descending')).toEqual(['a', 'd', 'b', 'untagged', 'e', 'c']);
      expect(await pages('sort=pulled&q=E')).toEqual(['e', 'untagged']);
    }
  });

  it('refuses a page that is none of its order', async () => {
    await push('v1', image('1'));
    const { status, document } = await askAdmin(installation, 'GET', `${PATH}?sort=pushed&after=v1`);
    expect([status, document['type']]).toEqual([400, expect.stringContaining('INPUT_INVALID')]);
  });
});

describe('tags that are searched', () => {
  it('have the text in them as it is, whatever its case, or begin with it', async () => {
    for (const name of ['v1.0', 'v1.0-RC1', 'v1_0', 'v10', 'latest']) await push(name, image('1'));
    expect(await namesInPages('q=rc')).toEqual(['v1.0-RC1']);
    expect(await namesInPages('q=_')).toEqual(['v1_0']);
    expect(await namesInPages('q=%25')).toEqual([]);
    expect(await namesInPages('prefix=v1.')).toEqual(['v1.0', 'v1.0-RC1']);
    expect(await namesInPages('prefix=v1&direction=descending')).toEqual(['v1_0', 'v10', 'v1.0-RC1', 'v1.0']);
    expect(await namesInPages('prefix=v1&sort=pushed&q=0')).toEqual(['v1.0', 'v1.0-RC1', 'v10', 'v1_0']);
  });

  it('are counted only as a whole', async () => {
    await push('v1', image('1'));
    await push('v2', image('1'));
    expect((await askAdmin(installation, 'GET', `${PATH}?limit=1`)).document['total']).toBe(2);
    expect((await askAdmin(installation, 'GET', `${PATH}?q=1`)).document['total']).toBeNull();
  });

  it('are found among very many, in pages that may be short', async () => {
    const repositoryId = await filled(130_000);
    expect(repositoryId).toBeGreaterThan(0);
    const first = await askAdmin(installation, 'GET', `${PATH}?q=129999`);
    expect(first.document).toMatchObject({ tags: [], next: expect.any(String) });
    expect(await namesInPages('q=129999', 100)).toEqual(['tag-129999']);
    expect(await namesInPages('prefix=tag-12999', 100)).toHaveLength(10);
  }, 120_000);
});

/** Tags of one image, in one go. @returns the number of the repository. */
async function filled(count: number): Promise<number> {
  const one = image('1');
  await push('tag-000000', one);
  const repositoryId = (await findRepositoryId(installation.database, APP)) ?? 0;
  for (let start = 1; start < count; start += 5000) {
    const rows = Array.from({ length: Math.min(5000, count - start) }, (_, place) => ({
      repository_id: repositoryId,
      name: `tag-${String(start + place).padStart(6, '0')}` as never,
      digest: parseDigest(one.digest),
      updated_at: START,
    }));
    await installation.database.transaction(async (tx) => {
      await tx.build((kysely) => kysely.insertInto('tags').values(rows));
    });
  }
  return repositoryId;
}

describe('a tag in the list', () => {
  it('says what keeps it, who set it, and how many more name the same', async () => {
    await push('v1', image('1'));
    await push('v2', image('1'));
    await push('pr-1', image('2'));
    const rule = async (body: object): Promise<void> => {
      expect((await askAdmin(installation, 'POST', '/rules', { pattern: '**', ...body })).status).toBe(201);
    };
    await rule({ kind: 'immutable', tags: ['v1'] });
    await rule({ kind: 'protected', tags: ['v*'], principals: [] });
    await rule({ kind: 'pinned', digest: image('2').digest });
    const nothing = { isImmutable: false, isProtected: false, isPinned: false };
    const more = { setBy: SOMEBODY.principalName, otherTags: 1 };
    expect(await tag('v1')).toMatchObject({ ...nothing, ...more, isImmutable: true, isProtected: true });
    expect(await tag('v2')).toMatchObject({ ...nothing, ...more, isProtected: true });
    expect(await tag('pr-1')).toMatchObject({ ...nothing, otherTags: 0, isPinned: true });
  });

  it('has the platforms and the size of all that belongs to it', async () => {
    const children = [];
    for (const architecture of ['amd64', 'arm64', 'unknown']) {
      const os = architecture === 'unknown' ? 'unknown' : 'linux';
      const config = documentOf(IMAGE_CONFIG, { os, architecture });
      const chunk = { body: new Blob([new Uint8Array(config.bytes)]).stream(), signal: AbortSignal.timeout(10_000) };
      await installation.uploads.push(APP, parseDigest(config.digest), chunk);
      const { mediaType, digest, bytes } = config;
      const child = imageOf([], { config: { mediaType, digest, size: bytes.byteLength } }).manifest;
      await push(child.digest, child);
      children.push({ child, config });
    }
    const index = indexOf(children.map(({ child }) => child));
    await push('v1', index);
    await push('one', children[0]?.child as Content);
    const contents = [index, ...children.flatMap(({ child, config }) => [child, config])];
    expect(await tag('v1')).toMatchObject({
      children: 3,
      platforms: ['linux/amd64', 'linux/arm64'],
      bytes: contents.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
    });
    expect(await tag('one')).toMatchObject({ children: 0, platforms: ['linux/amd64'], platform: 'linux/amd64' });
  });
});
