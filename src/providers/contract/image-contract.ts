import { expect, it } from 'bun:test';
import type { FakeManifest, FakeRepository } from '../../../test/fakes/fake-repository.ts';
import type { ImageView } from '../../oci/image-view.ts';
import type { Asking } from './provider-contract.ts';
import { errorOf } from './questions.ts';

/** What every kind shows of one image, by a tag or by its digest. */
export function imageContract(asking: () => Asking): void {
  async function imageOf(tagOrDigest: string, repository = asking().facts.repository): Promise<ImageView | undefined> {
    const { open, signal } = asking();
    const account = open('valid');
    if (account.reader === undefined) throw new Error('This kind shows no images.');
    return await account.reader.image(repository, tagOrDigest, signal);
  }

  it('shows an image by its tag and by its digest, with what it runs, and its sizes', async () => {
    const repository = asking().seed();
    const digest = repository.push({ tags: ['v1'], platforms: ['linux/arm64/v8'] });
    for (const tagOrDigest of ['v1', digest]) {
      const image = await imageOf(tagOrDigest);
      const { text, mediaType } = found(repository, digest);
      expect(image).toMatchObject({ digest, mediaType, size: text.length, isIndex: false, manifest: text });
      expect(image?.platforms).toMatchObject([
        { digest, platform: 'linux/arm64/v8', isRead: true, layers: [{ size: 1_000_000 }] },
      ]);
      expect(image?.platforms[0]?.runs).toMatchObject({ os: 'linux', architecture: 'arm64' });
      expect(image?.platforms[0]?.config?.size).toBeGreaterThan(0);
    }
  });

  it('shows an index with what it names', async () => {
    const repository = asking().seed();
    const digest = repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64/v8'] });
    const { children } = found(repository, digest);
    const image = await imageOf('v1');
    expect(image).toMatchObject({ digest, isIndex: true, manifest: found(repository, digest).text });
    expect(image?.platforms).toMatchObject([
      { digest: children[0], platform: 'linux/amd64', isRead: true, layers: [{ size: 1_000_000 }] },
      { digest: children[1], platform: 'linux/arm64/v8', isRead: true, runs: { architecture: 'arm64' } },
    ]);
    expect(await imageOf(children[1] ?? '')).toMatchObject({ digest: children[1], isIndex: false });
  });

  it('shows an index of which a child is gone', async () => {
    const repository = asking().seed();
    const digest = repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64'] });
    const [first = ''] = found(repository, digest).children;
    repository.manifests.delete(first);
    expect((await imageOf('v1'))?.platforms).toMatchObject([
      { digest: first, platform: 'linux/amd64', isRead: false, layers: [] },
      { platform: 'linux/arm64', isRead: true },
    ]);
  });

  it('shows nothing where nothing is', async () => {
    const { seed, facts } = asking();
    seed().push({ tags: ['v1'] });
    expect(await imageOf('v2')).toBeUndefined();
    expect(await imageOf(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
    expect(await imageOf('v1', `${facts.repository}-not-there`)).toBeUndefined();
  });

  it('says what refers to an image, also by the tags of older tools', async () => {
    const { open, seed, signal, facts } = asking();
    const repository = seed();
    const image = repository.push({ tags: ['v1'] });
    const lone = repository.push({ tags: ['v2'] });
    const reader = open('valid').reader;
    const attached = repository.push({ subject: image });
    const signature = repository.push({ tags: [`${image.replace(':', '-')}.sig`] });
    const page = await reader?.referrers(facts.repository, image, { limit: 100 }, signal);
    expect(page?.next).toBeUndefined();
    expect(page?.items.map(({ digest, tag }) => [digest, tag])).toEqual([
      [attached, undefined],
      [signature, `${image.replace(':', '-')}.sig`],
    ]);
    expect(await reader?.referrers(facts.repository, lone, { limit: 100 }, signal)).toEqual({ items: [] });
  });

  it('asks for nothing by what is neither a tag nor a digest', async () => {
    const { seed, fake } = asking();
    seed().push({ tags: ['v1'] });
    for (const text of ['..', '../v1', 'v1?x', 'sha256:../x', '']) {
      expect((await errorOf(imageOf(text))).diagnosis).toBe('not-found');
    }
    expect(fake.requests).toEqual([]);
  });
}

function found(repository: FakeRepository, digest: string): FakeManifest {
  const manifest = repository.manifests.get(digest);
  if (manifest === undefined) throw new Error(`${digest} is not there.`);
  return manifest;
}
