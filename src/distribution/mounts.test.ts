import { describe, expect, it } from 'bun:test';
import { randomBlob, type Content } from '../../test/support/image.ts';
import { withDigest, type RegistryClient } from '../../test/support/registry-client.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();
const OCTETS = { 'content-type': 'application/octet-stream' };

/** A blob in a repository of its own, and another repository that wants it. */
async function source(): Promise<{ from: string; to: string; blob: Content }> {
  const from = newRepository();
  const blob = randomBlob(100);
  await registry().client.pushBlob(from, blob);
  return { from, to: newRepository(), blob };
}

function mount(client: RegistryClient, to: string, query: Readonly<Record<string, string>>): Promise<Response> {
  return client.send('POST', `/v2/${to}/blobs/uploads/?${new URLSearchParams(query)}`);
}

async function expectMounted(reply: Response, to: string, blob: Content): Promise<void> {
  expect(reply.status).toBe(201);
  expect(reply.headers.get('location')).toBe(`/v2/${to}/blobs/${blob.digest}`);
  expect(reply.headers.get('docker-content-digest')).toBe(blob.digest);
  expect(await registry().client.pullBlob(to, blob.digest)).toEqual(blob.bytes);
}

/** A mount that did not happen is an upload session like any other. */
async function expectSession(reply: Response, client: RegistryClient, to: string): Promise<string> {
  expect(reply.status).toBe(202);
  const session = reply.headers.get('location') ?? '';
  expect(session).toStartWith(`/v2/${to}/blobs/uploads/`);
  expect(reply.headers.get('range')).toBe('0-0');
  expect((await client.send('GET', session)).status).toBe(204);
  return session;
}

describe('a mount (rule 11)', () => {
  it('from a repository that has the blob is 201', async () => {
    const { from, to, blob } = await source();
    await expectMounted(await mount(registry().client, to, { mount: blob.digest, from }), to, blob);
  });

  it('without from is 201, wherever the caller may pull it', async () => {
    const { to, blob } = await source();
    await expectMounted(await mount(registry().client, to, { mount: blob.digest }), to, blob);
  });

  it('ignores parameters of others, such as the origin of crane', async () => {
    const { from, to, blob } = await source();
    const query = { mount: blob.digest, from, origin: 'registry.example' };
    await expectMounted(await mount(registry().client, to, query), to, blob);
  });

  it('from the repository itself is 201', async () => {
    const { from, blob } = await source();
    await expectMounted(await mount(registry().client, from, { mount: blob.digest, from }), from, blob);
  });

  it('of what is there already is 201', async () => {
    const { from, to, blob } = await source();
    await registry().client.pushBlob(to, blob);
    await expectMounted(await mount(registry().client, to, { mount: blob.digest, from }), to, blob);
  });

  it('stays when the source lets the blob go', async () => {
    const { from, to, blob } = await source();
    await mount(registry().client, to, { mount: blob.digest, from });
    await registry().client.deleteBlob(from, blob.digest);
    await registry().collect({ graceSeconds: 3600 });
    expect(await registry().client.pullBlob(to, blob.digest)).toEqual(blob.bytes);
  });

  it('needs no more than pull on the source and push on the target', async () => {
    const { from, to, blob } = await source();
    const client = await registry().robot(
      { pattern: from, actions: ['pull'] },
      { pattern: to, actions: ['pull', 'push'] },
    );
    await expectMounted(await mount(client, to, { mount: blob.digest, from }), to, blob);
  });
});

describe('a mount that cannot be is 202 with a session, and never an error (rules 11 and 12)', () => {
  const unknown = randomBlob(1).digest;
  const cases = [
    ['nobody has the blob', (from: string) => ({ mount: unknown, from })],
    ['nobody has the blob, and there is no from', () => ({ mount: unknown })],
    ['the source does not have it', () => ({ mount: unknown, from: newRepository() })],
    ['the source cannot be', (_from: string, digest: string) => ({ mount: digest, from: 'NOT/A..NAME' })],
    ['the source is empty', (_from: string, digest: string) => ({ mount: digest.replace(/0|1/g, '2'), from: '' })],
    ['the digest cannot be', (from: string) => ({ mount: 'sha256:nothing', from })],
    ['the digest is empty', (from: string) => ({ mount: '', from })],
    ['there is only a from', (from: string) => ({ from })],
  ] as const;
  for (const [name, query] of cases) {
    it(`where ${name}`, async () => {
      const { from, to, blob } = await source();
      const { client } = registry();
      await expectSession(await mount(client, to, query(from, blob.digest)), client, to);
    });
  }

  it('where the caller may not pull from the source, in the same way as if it did not have the blob', async () => {
    const { from, to, blob } = await source();
    const client = await registry().robot({ pattern: to, actions: ['pull', 'push'] });
    const [hidden, absent] = await Promise.all([
      mount(client, to, { mount: blob.digest, from }),
      mount(client, to, { mount: unknown, from }),
    ]);
    expect([...hidden.headers.keys()].toSorted()).toEqual([...absent.headers.keys()].toSorted());
    await expectSession(hidden, client, to);
    expect((await client.send('HEAD', `/v2/${to}/blobs/${blob.digest}`)).status).toBe(404);
  });

  it('where it is only in repositories that the caller may not pull, without from', async () => {
    const { to, blob } = await source();
    const client = await registry().robot({ pattern: to, actions: ['pull', 'push'] });
    await expectSession(await mount(client, to, { mount: blob.digest }), client, to);
  });

  it('where the caller may push to the source but not pull from it', async () => {
    const { from, to, blob } = await source();
    const client = await registry().robot(
      { pattern: to, actions: ['pull', 'push'] },
      { pattern: from, actions: ['push'] },
    );
    await expectSession(await mount(client, to, { mount: blob.digest, from }), client, to);
  });

  it('and the session takes the blob (rule 12)', async () => {
    const { to } = await source();
    const { client } = registry();
    const blob = randomBlob(100);
    const session = await expectSession(await mount(client, to, { mount: blob.digest }), client, to);
    await client.expect(201, 'PUT', withDigest(session, blob.digest), { headers: OCTETS, body: blob.bytes });
    expect(await client.pullBlob(to, blob.digest)).toEqual(blob.bytes);
  });

  it('and the session can be cancelled at once, as podman does (rule 13)', async () => {
    const { to } = await source();
    const { client } = registry();
    const session = await expectSession(await mount(client, to, { mount: unknown }), client, to);
    expect((await client.send('DELETE', session)).status).toBe(204);
    expect((await client.send('GET', session)).status).toBe(404);
  });
});
