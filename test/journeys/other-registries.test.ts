import { afterEach, expect, it, setDefaultTimeout } from 'bun:test';
import { readdirSync } from 'node:fs';
import { Upstreams } from '../../src/egress/upstreams.ts';
import type { Account, DeletionTarget } from '../../src/providers/account.ts';
import { collected, errorOf } from '../../src/providers/contract/questions.ts';
import { generic } from '../../src/providers/generic/provider.ts';
import type { ProviderTarget } from '../../src/providers/provider.ts';
import { parseRegistryUrl } from '../../src/providers/registry-url.ts';
import { zot } from '../bench/servers/zot.ts';
import { type DockerRegistry, selfSignedCertificate, startDockerRegistry } from '../support/docker-registry.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { descriptorOf, type Image, imageOf, indexOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { basicAuthorization } from '../support/server.ts';
import { JOURNEY_MILLISECONDS, openRegistry } from './harness/registry.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const LOGIN = { username: 'ci', password: 'a secret of ours' };
const REPOSITORY = 'team/app';
const DELETION_SWITCH = 'REGISTRY_STORAGE_DELETE_ENABLED';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const { signal } = new AbortController();

interface Connecting extends Partial<ProviderTarget> {
  /** PEM. */
  readonly authorities?: string;
}

/** Through the way out that the server itself has, which lets this machine through. */
function connect(url: string, { authorities, ...target }: Connecting = {}): Account {
  const upstreams = new Upstreams({ allow: ['127.0.0.0/8', 'localhost'], userAgent: 'havre/test' });
  const http = upstreams.open({ purpose: 'registries', ...(authorities !== undefined && { authorities }) });
  const filled = { form: 'password', username: '', secret: '', fields: {}, ...target };
  return generic.open({ url: parseRegistryUrl(url), ...filled }, { http, now: Date.now });
}

const asCi: Connecting = { username: LOGIN.username, secret: LOGIN.password };

function clientOf({ url }: { readonly url: string }): RegistryClient {
  return new RegistryClient({ url, authorization: basicAuthorization(LOGIN.username, LOGIN.password) });
}

/** `multi` is an index of two, `v1` and `v1.0` are one image. */
async function fill(client: RegistryClient): Promise<{ index: string; children: readonly Image[]; image: Image }> {
  const children = [randomBlob(1000), randomBlob(2000)].map((layer) => imageOf([layer]));
  for (const child of children) await client.pushImage(REPOSITORY, child);
  const index = indexOf(children.map(({ manifest }) => manifest));
  await client.pushManifest(REPOSITORY, index, 'multi');
  const image = imageOf([randomBlob(3000)]);
  await client.pushImage(REPOSITORY, image, 'v1');
  await client.pushManifest(REPOSITORY, image.manifest, 'v1.0');
  return { index: index.digest, children, image };
}

/** What refers to an image. */
function signatureOf({ manifest }: Image): Image {
  return imageOf([randomBlob(10)], { subject: descriptorOf(manifest) });
}

function manifestTarget(digest: string, isIndex = false): DeletionTarget {
  return { kind: 'manifest', digest, tags: [], isIndex };
}

async function digestOf(account: Account, tag: string): Promise<string | undefined> {
  const { items } = await account.tags(REPOSITORY, { limit: 10 }, signal);
  return items.find(({ name }) => name === tag)?.digest;
}

/** What pushes that were not finished left behind. */
function uploadsIn({ data }: DockerRegistry): readonly string[] {
  return readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /_uploads\/.+\/(?:startedat|data)$/.test(path),
  );
}

journey('a connection to docker-registry', ['docker-registry', 'openssl'], () => {
  it('finds out what it may do, and leaves nothing', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN, deletes: true }));
    await fill(clientOf(registry));
    const report = await connect(registry.url, asCi).check({ repository: REPOSITORY }, signal);
    expect(report.abilities).toEqual({ list: 'yes', pull: 'yes', push: 'yes', delete: 'yes' });
    expect(report.account).toBe('ci');
    expect(report.remarks).toEqual([]);
    expect(uploadsIn(registry)).toEqual([]);
  });

  it('shows an image with what its index names', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN }));
    const { index, children } = await fill(clientOf(registry));
    const image = await connect(registry.url, asCi).reader?.image(REPOSITORY, 'multi', signal);
    expect(image).toMatchObject({ digest: index, isIndex: true });
    const digests = children.map(({ manifest }) => manifest.digest);
    expect(image?.platforms.map(({ digest }) => digest)).toEqual(digests);
    expect(image?.platforms.map(({ layers }) => layers[0]?.size)).toEqual([1000, 2000]);
    expect(await connect(registry.url, asCi).reader?.image(REPOSITORY, 'none', signal)).toBeUndefined();
  });

  it('is told that its secret is wrong, and that none will not do', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN }));
    const wrong = await errorOf(connect(registry.url, { ...asCi, secret: 'another' }).check({}, signal));
    expect(wrong.diagnosis).toBe('wrong-credentials');
    expect(wrong.message).not.toContain('another');
    const nobody = await errorOf(connect(registry.url).check({}, signal));
    expect(nobody.diagnosis).toBe('wrong-credentials');
    const listing = await errorOf(
      connect(registry.url, { ...asCi, secret: 'another' }).repositories({ limit: 10 }, signal),
    );
    expect(listing.diagnosis).toBe('wrong-credentials');
  });

  it('does not take an open door for valid credentials', async () => {
    const registry = stack.use(await startDockerRegistry());
    const report = await connect(registry.url, asCi).check({}, signal);
    expect(report.remarks.join(' ')).toContain('open to everybody');
    expect(report.account).toBeUndefined();
  });

  it('is told that deletion is switched off, and how it is switched on', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN }));
    const { index, image } = await fill(clientOf(registry));
    const report = await connect(registry.url, asCi).check({ repository: REPOSITORY }, signal);
    expect(report.abilities.delete).toBe('no');
    expect(report.remarks.join(' ')).toContain(DELETION_SWITCH);
    const targets = [manifestTarget(index, true), manifestTarget(image.manifest.digest)];
    const outcomes = await collected(connect(registry.url, asCi).delete(REPOSITORY, targets, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'refused']);
    expect(outcomes[0]?.reason).toContain(DELETION_SWITCH);
  });

  it('sees every image with its tags, parts and sizes', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN }));
    const { index, children, image } = await fill(clientOf(registry));
    const account = connect(registry.url, asCi);
    const listed = await account.repositories({ limit: 10 }, signal);
    expect(listed.items).toEqual([{ name: REPOSITORY }]);
    const images = await collected(account.images(REPOSITORY, signal));
    const tagsByDigest = new Map(images.map(({ digest, tags }) => [digest, tags]));
    expect(tagsByDigest.get(index)).toEqual(['multi']);
    expect(tagsByDigest.get(image.manifest.digest)?.toSorted()).toEqual(['v1', 'v1.0']);
    for (const { manifest } of children) expect(tagsByDigest.get(manifest.digest)).toEqual([]);
    expect(images.length).toBe(4);
    const [first] = images.filter(({ digest }) => digest === image.manifest.digest);
    expect(first?.bytes).toBeGreaterThan(3000);
  });

  it('pages through tags, one by one', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN }));
    const { index } = await fill(clientOf(registry));
    const account = connect(registry.url, asCi);
    const first = await account.tags(REPOSITORY, { limit: 1 }, signal);
    expect(first.items).toMatchObject([{ name: 'multi', digest: index }]);
    const second = await account.tags(REPOSITORY, { limit: 1, after: first.next ?? '' }, signal);
    expect(second.items).toMatchObject([{ name: 'v1' }]);
  });

  it('deletes an index and what it names, and leaves the rest', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN, deletes: true }));
    const client = clientOf(registry);
    const { index, children, image } = await fill(client);
    const parts = children.map(({ manifest }) => manifestTarget(manifest.digest));
    const account = connect(registry.url, asCi);
    const outcomes = await collected(account.delete(REPOSITORY, [...parts, manifestTarget(index, true)], signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['deleted', 'deleted', 'deleted']);
    const left = await collected(account.images(REPOSITORY, signal));
    expect(left.map(({ digest }) => digest)).toEqual([image.manifest.digest]);
    const again = await collected(account.delete(REPOSITORY, [manifestTarget(index, true)], signal));
    expect(again.map(({ result }) => result)).toEqual(['gone-already']);
  });

  it('deletes a tag alone only by pushing something else under it', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN, deletes: true }));
    const client = clientOf(registry);
    const { image } = await fill(client);
    const targets: readonly DeletionTarget[] = [{ kind: 'tag', tag: 'v1' }];
    const plain = await collected(connect(registry.url, asCi).delete(REPOSITORY, targets, signal));
    expect(plain).toMatchObject([{ result: 'refused' }]);
    expect(await client.tags(REPOSITORY)).toContain('v1');

    const byDummy = connect(registry.url, { ...asCi, fields: { 'tag-deletion': 'dummy' } });
    expect(await collected(byDummy.delete(REPOSITORY, targets, signal))).toMatchObject([{ result: 'deleted' }]);
    expect((await client.tags(REPOSITORY)).toSorted()).toEqual(['multi', 'v1.0']);
    expect(await digestOf(byDummy, 'v1.0')).toBe(image.manifest.digest);
    expect(await collected(byDummy.delete(REPOSITORY, targets, signal))).toMatchObject([{ result: 'gone-already' }]);
  });

  it('leaves a tag alone where what is pushed under it could not be deleted', async () => {
    const registry = stack.use(await startDockerRegistry({ login: LOGIN }));
    const { image } = await fill(clientOf(registry));
    const byDummy = connect(registry.url, { ...asCi, fields: { 'tag-deletion': 'dummy' } });
    const outcomes = await collected(byDummy.delete(REPOSITORY, [{ kind: 'tag', tag: 'v1' }], signal));
    expect(outcomes).toMatchObject([{ result: 'refused' }]);
    expect(await digestOf(byDummy, 'v1')).toBe(image.manifest.digest);
  });

  it('is told whose certificate it was shown, and takes it once it is told to', async () => {
    const tls = await selfSignedCertificate(['DNS:registry.example.org', 'IP:127.0.0.1']);
    const registry = stack.use(await startDockerRegistry({ login: LOGIN, tls }));
    const error = await errorOf(connect(registry.url, asCi).check({}, signal));
    expect(error.diagnosis).toBe('tls');
    expect(error.certificate?.names.join(' ')).toContain('registry.example.org');
    expect(error.certificate?.subject).toContain('registry of a test');
    expect(error.certificate?.validTo.getTime()).toBeGreaterThan(Date.now());

    const trusting = connect(registry.url, { ...asCi, authorities: tls.certificate });
    expect((await trusting.check({}, signal)).account).toBe('ci');
  });

  it('is told that a certificate is for other names', async () => {
    const tls = await selfSignedCertificate(['DNS:registry.example.org']);
    const registry = stack.use(await startDockerRegistry({ login: LOGIN, tls }));
    const error = await errorOf(connect(registry.url, { ...asCi, authorities: tls.certificate }).check({}, signal));
    expect(error.diagnosis).toBe('tls');
    expect(error.message).toContain('registry.example.org');
  });

  it('is told when it speaks plain HTTP to one with TLS, and the other way round', async () => {
    const tls = await selfSignedCertificate(['IP:127.0.0.1']);
    const secure = stack.use(await startDockerRegistry({ login: LOGIN, tls }));
    const plain = await errorOf(connect(secure.url.replace('https', 'http'), asCi).check({}, signal));
    expect(plain.diagnosis).toBe('tls');
    expect(plain.message).toContain('https://');
    const open = stack.use(await startDockerRegistry());
    const error = await errorOf(connect(open.url.replace('http', 'https'), asCi).check({}, signal));
    expect(error.diagnosis).toBe('tls');
  });
});

journey('a connection to zot', ['zot'], () => {
  it('proves who it is, lists what refers to an image, and deletes a tag alone', async () => {
    const folder = temporaryFolder('zot');
    stack.defer(() => removeFolder(folder));
    const server = await zot.start({ folder, login: LOGIN });
    stack.defer(async () => await server.stop());
    const client = clientOf(server);
    const { index, image } = await fill(client);
    const signature = signatureOf(image);
    await client.pushImage(REPOSITORY, signature);

    const account = connect(server.url, asCi);
    const report = await account.check({ repository: REPOSITORY }, signal);
    expect(report.abilities).toEqual({ list: 'yes', pull: 'yes', push: 'yes', delete: 'yes' });
    const images = await collected(account.images(REPOSITORY, signal));
    expect(images.find(({ digest }) => digest === signature.manifest.digest)?.subject).toBe(image.manifest.digest);

    const targets: readonly DeletionTarget[] = [manifestTarget(index, true), { kind: 'tag', tag: 'v1' }];
    const outcomes = await collected(account.delete(REPOSITORY, targets, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['deleted', 'deleted']);
    expect(await client.tags(REPOSITORY)).toEqual(['v1.0']);
    const wrong = await errorOf(connect(server.url, { ...asCi, secret: 'another' }).check({}, signal));
    expect(wrong.diagnosis).toBe('wrong-credentials');
  });
});

journey('a connection to another Havre', [], () => {
  for (const challenge of ['basic', 'bearer']) {
    it(`proves who it is, lists and deletes, where that asks for ${challenge}`, async () => {
      const registry = stack.use(await openRegistry({ env: { HAVRE_AUTH_CHALLENGE: challenge } }));
      const { url, username, password, authorization } = registry.server;
      const client = new RegistryClient({ url, authorization });
      const { index, image } = await fill(client);
      const signature = signatureOf(image);
      await client.pushImage(REPOSITORY, signature);

      const account = connect(url, { username, secret: password });
      const report = await account.check({ repository: REPOSITORY }, signal);
      expect(report.abilities).toEqual({ list: 'yes', pull: 'yes', push: 'yes', delete: 'yes' });
      expect(report.account).toBe(username);
      const images = await collected(account.images(REPOSITORY, signal));
      const found = images.find(({ digest }) => digest === signature.manifest.digest);
      expect(found?.subject).toBe(image.manifest.digest);
      expect(images.length).toBe(5);

      const targets: readonly DeletionTarget[] = [manifestTarget(index, true), { kind: 'tag', tag: 'v1' }];
      const outcomes = await collected(account.delete(REPOSITORY, targets, signal));
      expect(outcomes.map(({ target, result }) => [target.kind, result])).toEqual([
        ['tag', 'deleted'],
        ['manifest', 'deleted'],
      ]);
      expect(await client.tags(REPOSITORY)).toEqual(['v1.0']);

      const wrong = await errorOf(connect(url, { username, secret: 'another secret' }).check({}, signal));
      expect(wrong.diagnosis).toBe('wrong-credentials');
    });
  }
});
