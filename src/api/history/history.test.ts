import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { imageOf, type Content } from '../../../test/support/image.ts';
import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const APP = parseRepositoryName('team/app');
const V1 = parseTag('v1');
const TAG = '/repositories/team%2Fapp/tags/v1';

function imageNumber(number: number): Content {
  return imageOf([], { annotations: { number: String(number) } }).manifest;
}

const [A, B, C] = [imageNumber(1), imageNumber(2), imageNumber(3)] as const;

/** One minute later. */
async function push({ bytes, mediaType }: Content): Promise<void> {
  installation.clock.now = new Date(installation.clock.now.getTime() + 60_000);
  await installation.manifests.put(APP, { tag: V1 }, { bytes, contentType: mediaType, extraTags: [] }, SOMEBODY);
}

async function named(): Promise<string | undefined> {
  const found = installation.manifests.get(APP, { tag: V1 });
  return (await found.catch(() => undefined))?.digest;
}

async function moves(query = ''): Promise<{ moves: Record<string, unknown>[]; next: string | null }> {
  return (await askAdmin(installation, 'GET', `${TAG}/history${query}`)).document as never;
}

async function revert(to: string): Promise<{ status: number; document: Record<string, unknown> }> {
  return askAdmin(installation, 'POST', `${TAG}/revert`, { to });
}

describe('the history of a tag', () => {
  it('says who moved it when, by what, from where to where, newest first', async () => {
    await push(A);
    await push(A);
    await push(B);
    await installation.manifests.delete(APP, { tag: V1 }, SOMEBODY);
    const by = { by: 'somebody', client: 'test/1', cause: 'client' };
    expect(await moves()).toEqual({
      moves: [
        { id: 3, at: '2026-11-20T10:03:00.000Z', from: B.digest, to: null, ...by },
        { id: 2, at: '2026-11-20T10:03:00.000Z', from: A.digest, to: B.digest, ...by },
        { id: 1, at: '2026-11-20T10:01:00.000Z', from: null, to: A.digest, ...by },
      ],
      next: null,
    });
  });

  it('comes in pages', async () => {
    for (const image of [A, B, C]) await push(image);
    const first = await moves('?limit=2');
    expect(first).toMatchObject({ moves: [{ to: C.digest }, { to: B.digest }], next: '2' });
    expect(await moves(`?limit=2&after=${first.next}`)).toMatchObject({ moves: [{ to: A.digest }], next: null });
    expect((await askAdmin(installation, 'GET', `${TAG}/history?after=x`)).status).toBe(400);
  });

  it('is of no tag that never was', async () => {
    expect((await askAdmin(installation, 'GET', `${TAG}/history`)).document['type']).toEndWith('NAME_UNKNOWN');
    await push(A);
    const path = '/repositories/team%2Fapp/tags/other/history';
    expect((await askAdmin(installation, 'GET', path)).document['type']).toEndWith('MANIFEST_UNKNOWN');
  });

  it('is forgotten after its time, and what the tag names is not', async () => {
    await push(A);
    installation.clock.now = new Date('2026-12-20T10:00:00Z');
    await push(B);
    expect(await installation.tagHistory.prune(10, new AbortController().signal)).toBe(1);
    expect((await moves()).moves).toMatchObject([{ from: A.digest, to: B.digest }]);
    installation.clock.now = new Date('2027-12-20T10:00:00Z');
    expect(await installation.tagHistory.prune(10, new AbortController().signal)).toBe(1);
    expect(await moves()).toEqual({ moves: [], next: null });
    expect(await named()).toBe(B.digest);
  });
});

describe('a tag is set back', () => {
  it('to a digest, by so many moves, and to a time', async () => {
    for (const image of [A, B, C]) await push(image);
    const reverted = (image: Content, from: Content): Record<string, unknown> => ({
      repository: 'team/app',
      tag: 'v1',
      from: from.digest,
      to: image.digest,
      restored: false,
    });
    expect((await revert(A.digest)).document).toEqual(reverted(A, C));
    expect((await revert('1')).document).toEqual(reverted(C, A));
    expect((await revert('2026-11-20T10:02:30Z')).document).toEqual(reverted(B, C));
    expect(await named()).toBe(B.digest);
    expect((await moves()).moves).toMatchObject([
      { from: C.digest, to: B.digest, by: 'local administrator', cause: 'revert' },
      { cause: 'revert' },
      { cause: 'revert' },
      { cause: 'client' },
      { cause: 'client' },
      { cause: 'client' },
    ]);
  });

  it('though it was deleted, and though its manifest is in the trash', async () => {
    await push(A);
    await push(B);
    await installation.manifests.delete(APP, { digest: parseDigest(A.digest) }, SOMEBODY);
    expect((await revert('1')).document).toMatchObject({ from: B.digest, to: A.digest, restored: true });
    expect(await named()).toBe(A.digest);
    await installation.manifests.delete(APP, { tag: V1 }, SOMEBODY);
    expect((await revert('1')).document).toMatchObject({ from: null, to: A.digest, restored: false });
    expect(await named()).toBe(A.digest);
  });

  it('to nothing that is gone, or never was', async () => {
    await push(A);
    const gone = `sha256:${'0'.repeat(64)}`;
    const refused = [
      [gone, `Tag v1 cannot name ${gone}: it is neither in the repository nor in its trash.`],
      ['1', 'Before that move, tag v1 did not exist.'],
      ['2', 'Tag v1 was moved 1 times that are known, not 2.'],
      ['2026-11-20T10:00:30Z', 'There was no tag v1 at 2026-11-20T10:00:30.000Z.'],
    ] as const;
    for (const [to, detail] of refused) {
      const { status, document } = await revert(to);
      expect({ status, detail: document['detail'] }).toEqual({ status: 409, detail });
    }
    for (const to of ['0', 'yesterday', '-1', '2026-13-01T00:00:00Z', 'v2']) {
      expect((await revert(to)).document['type']).toEndWith('INPUT_INVALID');
    }
    expect(await named()).toBe(A.digest);
  });

  it('not where a rule keeps it', async () => {
    for (const image of [A, B]) await push(image);
    await askAdmin(installation, 'POST', '/rules', { kind: 'immutable', pattern: '**', tags: ['v*'] });
    const { status, document } = await revert('1');
    expect([status, document['detail']]).toEqual([403, expect.stringContaining('tag v1 is immutable (rule 1)')]);
    expect((await revert(B.digest)).status).toBe(200);
    expect(await named()).toBe(B.digest);
  });
});
