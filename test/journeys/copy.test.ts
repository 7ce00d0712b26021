import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dockerRegistry } from '../bench/servers/docker-registry.ts';
import type { Contender } from '../bench/servers/server.ts';
import { zot } from '../bench/servers/zot.ts';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { writeLayout } from './harness/layout.ts';
import { JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const LAUNCHER = resolve(import.meta.dirname, '../../bin/havre.js');

/** The other registries that Havre copies from and to. */
const PEERS: readonly (readonly [tool: string, peer: Contender])[] = [
  ['docker-registry', dockerRegistry],
  ['zot', zot],
];

for (const [tool, peer] of PEERS) {
  journey(`havre copy, with ${tool}`, ['crane', 'skopeo', tool], () => {
    const stack = new AsyncDisposableStack();
    let registry: Registry;
    let sandbox: Sandbox;
    let there: string;
    let index: string;
    let image: string;

    beforeAll(async () => {
      registry = stack.use(await openRegistry());
      sandbox = stack.use(await Sandbox.open());
      const folder = sandbox.path('peer');
      mkdirSync(folder);
      const server = await peer.start({ folder });
      stack.defer(() => server.stop());
      there = new URL(server.url).host;
      const login = ['auth', 'login', registry.host, '--username', registry.username, '--password-stdin'];
      await sandbox.ok(['crane', ...login], { input: registry.password });
      image = await writeLayout(sandbox.path('image'), { messages: ['one'], tag: 'it' });
      index = await writeLayout(sandbox.path('index'), { messages: ['one', 'two', 'three'], tag: 'it' });
      await crane('push', sandbox.path('index'), `${there}/team/multi:1.0`);
      await crane('push', sandbox.path('image'), `${there}/team/multi:single`);
    });
    afterAll(() => stack.disposeAsync());

    const havre = (...args: readonly string[]): Promise<string> => sandbox.ok(['node', LAUNCHER, ...args]);
    const crane = (...args: readonly string[]): Promise<string> => sandbox.ok(['crane', ...args]);
    const digestOf = async (name: string): Promise<string> => (await crane('digest', name)).trim();

    it('brings an index with all its platforms here, with the digest that crane and skopeo see', async () => {
      await havre('copy', `${there}/team/multi:1.0`, `${registry.host}/moved/multi`);
      expect(await digestOf(`${registry.host}/moved/multi:1.0`)).toBe(index);
      const raw = ['skopeo', 'inspect', '--raw', '--tls-verify=false'];
      const login = ['--creds', `${registry.username}:${registry.password}`];
      const ours = await sandbox.ok([...raw, ...login, `docker://${registry.host}/moved/multi:1.0`]);
      expect(ours).toBe(await sandbox.ok([...raw, `docker://${there}/team/multi:1.0`]));
      const { stdout, stderr } = await sandbox.run([
        'crane',
        'validate',
        '--remote',
        `${registry.host}/moved/multi:1.0`,
      ]);
      expect(stdout + stderr).toContain('PASS');
    });

    it('brings a whole repository, and sends nothing the second time', async () => {
      const ends = [`${there}/team/multi`, `${registry.host}/all/multi`];
      await havre('copy', '--all-tags', ...ends);
      expect(await digestOf(`${registry.host}/all/multi:1.0`)).toBe(index);
      expect(await digestOf(`${registry.host}/all/multi:single`)).toBe(image);
      expect(await havre('copy', '--all-tags', ...ends)).toContain('Sent 0 bytes: 0 blobs, 0 manifests');
    });

    it('brings it back, with what refers to it', async () => {
      const name = `${registry.host}/signed/app`;
      await crane('push', sandbox.path('image'), `${name}:1`);
      const signature = await pushSignature(registry, 'signed/app', image);
      await havre('copy', `${name}:1`, `${there}/back/app:1`);
      expect(await digestOf(`${there}/back/app:1`)).toBe(image);
      expect(await digestOf(`${there}/back/app@${signature}`)).toBe(signature);
      // And once more, from a registry that may list referrers under a tag only.
      await havre('copy', `${there}/back/app:1`, `${registry.host}/again/app:1`);
      expect(await digestOf(`${registry.host}/again/app@${signature}`)).toBe(signature);
    });

    it('takes one platform where that is all one wants', async () => {
      const name = `${registry.host}/moved/arm`;
      await havre('copy', '--platform', 'linux/arm64', `${there}/team/multi:1.0`, `${name}:1.0`);
      const theirs = await crane('digest', '--platform', 'linux/arm64', `${there}/team/multi:1.0`);
      expect(await digestOf(`${name}:1.0`)).toBe(theirs.trim());
    });

    it('is done by a robot with a password in a file', async () => {
      writeFileSync(sandbox.path('password'), registry.password);
      const login = ['--destination-login', registry.username, '--destination-password-file', sandbox.path('password')];
      const env = { DOCKER_CONFIG: sandbox.path('nowhere') };
      const names = [`${there}/team/multi:single`, `${registry.host}/robots/app`];
      await sandbox.ok(['node', LAUNCHER, 'copy', ...login, ...names], { env });
      expect(await digestOf(`${registry.host}/robots/app:single`)).toBe(image);
    });
  });
}

journey('havre copy, with tokens', ['crane'], () => {
  it('asks the token service for both repositories, and mounts from one into the other', async () => {
    await using registry = await openRegistry({ env: { HAVRE_AUTH_CHALLENGE: 'bearer' } });
    await using sandbox = await Sandbox.open();
    const { host, username, password } = registry;
    await sandbox.ok(['crane', 'auth', 'login', host, '--username', username, '--password-stdin'], { input: password });
    const digest = await writeLayout(sandbox.path('image'), { messages: ['one', 'two'], tag: 'it' });
    await sandbox.ok(['crane', 'push', sandbox.path('image'), `${host}/team/app:1`]);
    const printed = await sandbox.ok(['node', LAUNCHER, 'copy', `${host}/team/app:1`, `${host}/other/app`, '--json']);
    expect(JSON.parse(printed)).toMatchObject({ images: [{ digest }], blobs: { mounted: 4, copied: 0 }, bytes: 0 });
    expect((await sandbox.ok(['crane', 'digest', `${host}/other/app:1`])).trim()).toBe(digest);
  });
});

/** @returns the digest of a manifest whose subject is `subject`. */
async function pushSignature({ server }: Registry, repository: string, subject: string): Promise<string> {
  const client = new RegistryClient(server);
  const { byteLength: size } = await client.pullManifest(repository, subject);
  const signature = imageOf([randomBlob(100)], {
    artifactType: 'application/vnd.test.signature',
    subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size },
  });
  await client.pushImage(repository, signature);
  return signature.manifest.digest;
}
