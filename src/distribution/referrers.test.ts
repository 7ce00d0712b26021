import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import {
  contentOf,
  descriptorOf,
  documentOf,
  IMAGE_CONFIG,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  imageOf,
  indexOf,
  randomBlob,
  type Algorithm,
  type Content,
  type Image,
} from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();

interface ReferrersReply {
  readonly manifests: readonly { readonly digest: string; readonly artifactType?: string }[];
  readonly next: string | undefined;
  readonly filters: string | null;
}

async function list(path: string): Promise<ReferrersReply> {
  const reply = await registry().client.send('GET', path);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe(IMAGE_INDEX);
  const { schemaVersion, mediaType, manifests } = (await reply.json()) as Record<string, never>;
  expect(schemaVersion as unknown).toBe(2);
  expect(mediaType as unknown).toBe(IMAGE_INDEX);
  const next = /^<([^>]+)>; rel="next"$/.exec(reply.headers.get('link') ?? '')?.[1];
  return { manifests: manifests ?? [], next, filters: reply.headers.get('oci-filters-applied') };
}

function referrersPath(repository: string, digest: string, query: Readonly<Record<string, string>> = {}): string {
  return `/v2/${repository}/referrers/${digest}?${new URLSearchParams(query)}`;
}

async function pushedSubject(): Promise<{ repository: string; subject: Content }> {
  const repository = newRepository();
  const image = imageOf([randomBlob(10)]);
  await registry().client.pushImage(repository, image, 'v1');
  return { repository, subject: image.manifest };
}

/** A different referrer each time. */
function referrerOf(subject: Content, fields: object = {}, algorithm: Algorithm = 'sha256'): Image {
  return imageOf([randomBlob(10)], { subject: descriptorOf(subject), ...fields }, algorithm);
}

describe('a subject that nothing refers to', () => {
  it('has an empty list, whether it is there or not, and whether the repository is', async () => {
    const { repository, subject } = await pushedSubject();
    for (const path of [
      referrersPath(repository, subject.digest),
      referrersPath(repository, randomBlob(1).digest),
      referrersPath(newRepository(), randomBlob(1, 'sha512').digest),
      referrersPath(newRepository(), `sha256:${'0'.repeat(64)}`),
    ]) {
      expect(await list(path)).toEqual({ manifests: [], next: undefined, filters: null });
    }
  });

  it('is 400 DIGEST_INVALID where it is not a digest', async () => {
    for (const digest of ['v1', 'sha256:0', `md5:${'0'.repeat(32)}`]) {
      const reply = await registry().client.send('GET', `/v2/${newRepository()}/referrers/${digest}`);
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    }
  });
});

describe('a referrer', () => {
  it('is listed with what it says of itself', async () => {
    const { repository, subject } = await pushedSubject();
    const annotations = { 'org.example.a': '1', 'é"\\': '\u0000\n' };
    const referrer = referrerOf(subject, { artifactType: 'application/vnd.example.sbom', annotations });
    await registry().client.pushImage(repository, referrer);
    const { manifests } = await list(referrersPath(repository, subject.digest));
    expect(manifests as unknown).toEqual([
      { ...descriptorOf(referrer.manifest), artifactType: 'application/vnd.example.sbom', annotations },
    ]);
  });

  it('without an artifact type has that of its config, and without annotations none', async () => {
    const { repository, subject } = await pushedSubject();
    const referrer = referrerOf(subject);
    await registry().client.pushImage(repository, referrer);
    const { manifests } = await list(referrersPath(repository, subject.digest));
    expect(manifests as unknown).toEqual([{ ...descriptorOf(referrer.manifest), artifactType: IMAGE_CONFIG }]);
  });

  it('may be an index, which then has no artifact type unless it says one', async () => {
    const { repository, subject } = await pushedSubject();
    const plain = indexOf([], { subject: descriptorOf(subject) });
    const typed = indexOf([], { subject: descriptorOf(subject), artifactType: 'application/vnd.example.index' });
    for (const index of [plain, typed]) await registry().client.pushManifest(repository, index);
    const { manifests } = await list(referrersPath(repository, subject.digest));
    const expected = [descriptorOf(plain), { ...descriptorOf(typed), artifactType: 'application/vnd.example.index' }];
    expect(manifests as unknown).toEqual(expected.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)));
  });

  it('is listed although its subject came later, or never', async () => {
    const repository = newRepository();
    const subject = imageOf([randomBlob(10)]);
    const referrer = referrerOf(subject.manifest);
    await registry().client.pushImage(repository, referrer);
    const path = referrersPath(repository, subject.manifest.digest);
    expect((await list(path)).manifests.length).toBe(1);
    await registry().client.pushImage(repository, subject);
    expect((await list(path)).manifests.length).toBe(1);
  });

  it('of another repository does not count', async () => {
    const { repository, subject } = await pushedSubject();
    await registry().client.pushImage(newRepository(), referrerOf(subject));
    expect((await list(referrersPath(repository, subject.digest))).manifests).toEqual([]);
  });

  it('of a referrer is not one of the subject: only direct ones are listed', async () => {
    const { repository, subject } = await pushedSubject();
    const direct = referrerOf(subject);
    const indirect = referrerOf(direct.manifest);
    for (const image of [direct, indirect]) await registry().client.pushImage(repository, image);
    const digestsOf = async ({ digest }: Content): Promise<unknown> =>
      (await list(referrersPath(repository, digest))).manifests.map((manifest) => manifest.digest);
    expect(await digestsOf(subject)).toEqual([direct.manifest.digest]);
    expect(await digestsOf(direct.manifest)).toEqual([indirect.manifest.digest]);
  });

  it('may be known by sha512, as may its subject', async () => {
    const repository = newRepository();
    const subject = imageOf([], {}, 'sha512');
    await registry().client.pushImage(repository, subject);
    const referrer = referrerOf(subject.manifest, {}, 'sha512');
    await registry().client.pushImage(repository, referrer);
    const { manifests } = await list(referrersPath(repository, subject.manifest.digest));
    expect(manifests.map(({ digest }) => digest)).toEqual([referrer.manifest.digest]);
  });
});

describe('?artifactType=', () => {
  it('lists those of that type alone, and says that it did', async () => {
    const { repository, subject } = await pushedSubject();
    const types = ['application/vnd.a', 'application/vnd.b', 'application/vnd.a'];
    for (const artifactType of types)
      await registry().client.pushImage(repository, referrerOf(subject, { artifactType }));
    await registry().client.pushImage(repository, referrerOf(subject));
    const filtered = async (artifactType: string): Promise<ReferrersReply> =>
      list(referrersPath(repository, subject.digest, { artifactType }));
    expect((await filtered('application/vnd.a')).manifests.length).toBe(2);
    expect((await filtered(IMAGE_CONFIG)).manifests.length).toBe(1);
    expect(await filtered('application/vnd.none')).toEqual({ manifests: [], next: undefined, filters: 'artifactType' });
    expect((await filtered('application/vnd.b')).filters).toBe('artifactType');
  });

  it('says nothing of filters where it is empty or not there', async () => {
    const { repository, subject } = await pushedSubject();
    await registry().client.pushImage(repository, referrerOf(subject));
    const reply = await list(referrersPath(repository, subject.digest, { artifactType: '' }));
    expect(reply.filters).toBeNull();
    expect(reply.manifests.length).toBe(1);
  });
});

describe('pages of referrers', () => {
  async function pushMany(
    count: number,
  ): Promise<{ repository: string; subject: Content; digests: readonly string[] }> {
    const { repository, subject } = await pushedSubject();
    const digests: string[] = [];
    for (let index = 0; index < count; index++) {
      const artifactType = `application/vnd.${index % 2 === 0 ? 'even' : 'odd'}`;
      const annotations = { index: String(index) };
      const referrer = indexOf([], { subject: descriptorOf(subject), artifactType, annotations });
      await registry().client.pushManifest(repository, referrer);
      digests.push(referrer.digest);
    }
    return { repository, subject, digests: digests.toSorted() };
  }

  async function listAll(path: string): Promise<{ digests: readonly string[]; pages: number }> {
    const digests: string[] = [];
    let pages = 0;
    for (let next: string | undefined = path; next !== undefined; pages++) {
      const page: ReferrersReply = await list(next);
      digests.push(...page.manifests.map(({ digest }) => digest));
      next = page.next;
    }
    return { digests, pages };
  }

  it('lead to all of them by their Links', async () => {
    const { repository, subject, digests } = await pushMany(7);
    expect(await listAll(referrersPath(repository, subject.digest, { n: '3' }))).toEqual({ digests, pages: 3 });
    expect(await listAll(referrersPath(repository, subject.digest, { n: '7' }))).toEqual({ digests, pages: 1 });
    expect(await listAll(referrersPath(repository, subject.digest))).toEqual({ digests, pages: 1 });
  });

  it('keep the filter in their Links', async () => {
    const { repository, subject } = await pushMany(7);
    const query = { n: '2', artifactType: 'application/vnd.even' };
    const first = await list(referrersPath(repository, subject.digest, query));
    expect(new URL(first.next ?? '', 'http://havre').searchParams.get('artifactType')).toBe('application/vnd.even');
    expect((await listAll(referrersPath(repository, subject.digest, query))).digests.length).toBe(4);
  });

  it('come by themselves where there are very many', async () => {
    const { repository, subject, digests } = await pushMany(501);
    expect(await listAll(referrersPath(repository, subject.digest))).toEqual({ digests, pages: 2 });
  });

  it('come by themselves where they would be very large', async () => {
    const { repository, subject } = await pushedSubject();
    const digests: string[] = [];
    for (const index of [1, 2, 3]) {
      const annotations = { index: String(index), filling: 'x'.repeat(3_000_000) };
      const referrer = indexOf([], { subject: descriptorOf(subject), annotations });
      await registry().client.pushManifest(repository, referrer);
      digests.push(referrer.digest);
    }
    const all = await listAll(referrersPath(repository, subject.digest));
    expect(all).toEqual({ digests: digests.toSorted(), pages: 3 });
  });
});

describe('the tag that clients keep where there is no API', () => {
  function fallbackTag(digest: string): string {
    return digest.replace(':', '-').slice(0, 'sha256-'.length + 64);
  }

  /** As oras or cosign would have pushed it to a registry of before the API. */
  async function pushOld(
    algorithm: Algorithm = 'sha256',
  ): Promise<{ repository: string; subject: Content; old: Image }> {
    const repository = newRepository();
    const subject = imageOf([randomBlob(10)], {}, algorithm).manifest;
    const old = imageOf([randomBlob(10)], { artifactType: 'application/vnd.old', annotations: { old: 'yes' } });
    await registry().client.pushImage(repository, old);
    const index = indexOf([old.manifest]);
    await registry().client.pushManifest(repository, index, fallbackTag(subject.digest));
    return { repository, subject, old };
  }

  for (const algorithm of ['sha256', 'sha512'] as const) {
    it(`is read: what it records is listed, with what it says of itself: ${algorithm}`, async () => {
      const { repository, subject, old } = await pushOld(algorithm);
      const { manifests } = await list(referrersPath(repository, subject.digest));
      expect(manifests as unknown).toEqual([
        { ...descriptorOf(old.manifest), artifactType: 'application/vnd.old', annotations: { old: 'yes' } },
      ]);
    });
  }

  it('is joined with those pushed since, each once', async () => {
    const { repository, subject, old } = await pushOld();
    const since = referrerOf(subject);
    await registry().client.pushImage(repository, since);
    const both = indexOf([old.manifest, since.manifest]);
    await registry().client.pushManifest(repository, both, fallbackTag(subject.digest));
    const { manifests } = await list(referrersPath(repository, subject.digest));
    const expected = [old.manifest.digest, since.manifest.digest].toSorted();
    expect(manifests.map(({ digest }) => digest)).toEqual(expected);
  });

  it('is filtered and cut into pages like the others', async () => {
    const { repository, subject, old } = await pushOld();
    for (const _time of [1, 2, 3]) await registry().client.pushImage(repository, referrerOf(subject));
    const filtered = await list(referrersPath(repository, subject.digest, { artifactType: 'application/vnd.old' }));
    expect(filtered.manifests.map(({ digest }) => digest)).toEqual([old.manifest.digest]);
    const digests: string[] = [];
    for (let path: string | undefined = referrersPath(repository, subject.digest, { n: '1' }); path !== undefined;) {
      const page: ReferrersReply = await list(path);
      digests.push(...page.manifests.map(({ digest }) => digest));
      path = page.next;
    }
    expect(digests.length).toBe(4);
    expect(digests).toContain(old.manifest.digest);
  });

  it('does not list what was deleted since, although it is recorded', async () => {
    const { repository, subject, old } = await pushOld();
    await registry().client.deleteManifest(repository, old.manifest.digest);
    expect((await list(referrersPath(repository, subject.digest))).manifests).toEqual([]);
  });

  it('may hold something else, which is then no list', async () => {
    const repository = newRepository();
    const subject = randomBlob(10);
    await registry().client.pushImage(repository, imageOf([]), fallbackTag(subject.digest));
    expect((await list(referrersPath(repository, subject.digest))).manifests).toEqual([]);
  });

  it('of cosign, with a suffix, is a tag like any other', async () => {
    const { repository, subject } = await pushedSubject();
    await registry().client.pushImage(repository, imageOf([]), `${fallbackTag(subject.digest)}.sig`);
    expect((await list(referrersPath(repository, subject.digest))).manifests).toEqual([]);
  });
});

describe('a push with a subject', () => {
  const kinds = [
    ['image', (subject: Content) => referrerOf(subject)],
    ['index', (subject: Content) => ({ manifest: indexOf([], { subject: descriptorOf(subject) }), blobs: [] })],
  ] as const;
  for (const [name, make] of kinds) {
    it(`is answered with OCI-Subject, so that clients keep no tag of their own: ${name}`, async () => {
      const { repository, subject } = await pushedSubject();
      const { manifest, blobs } = make(subject);
      for (const blob of blobs) await registry().client.pushBlob(repository, blob);
      for (const reference of [manifest.digest, 'signed']) {
        const reply = await registry().client.send('PUT', `/v2/${repository}/manifests/${reference}`, {
          headers: { 'content-type': manifest.mediaType },
          body: manifest.bytes,
        });
        expect(reply.headers.get('oci-subject')).toBe(subject.digest);
      }
    });
  }

  it('is 400 MANIFEST_INVALID where the subject is no descriptor', async () => {
    const { repository } = await pushedSubject();
    const config = contentOf(IMAGE_CONFIG, new TextEncoder().encode('{}'));
    await registry().client.pushBlob(repository, config);
    for (const subject of [
      'sha256:0',
      [],
      { digest: randomBlob(1).digest },
      { mediaType: 'a/b', digest: 'x', size: 1 },
    ]) {
      const document = {
        schemaVersion: 2,
        mediaType: IMAGE_MANIFEST,
        config: descriptorOf(config),
        layers: [],
        subject,
      };
      const { bytes } = documentOf(IMAGE_MANIFEST, document);
      const reply = await registry().client.send('PUT', `/v2/${repository}/manifests/v2`, {
        headers: { 'content-type': IMAGE_MANIFEST },
        body: bytes,
      });
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
    }
  });
});
