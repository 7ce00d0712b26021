import { mkdir, copyFile } from 'node:fs/promises';
import { writeBuildContext } from '../harness/hello.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { ROOT } from '../harness/tools.ts';
import type { Client, Endpoint } from './client.ts';

export const podman: Client = containersClient('podman');
export const buildah: Client = containersClient('buildah');

/** podman and buildah take the same words. */
function containersClient(program: 'podman' | 'buildah'): Client {
  return {
    name: program,
    tools: [program, ROOT],
    async open(sandbox, endpoint) {
      const { host } = endpoint;
      const flags = await transportFlags(sandbox, endpoint);
      const build = program === 'podman' ? ['podman', 'build'] : ['buildah', 'build'];
      return {
        login: (username, password) =>
          sandbox.run([program, 'login', ...flags, '--username', username, '--password-stdin', host], {
            input: password,
          }),
        logout: () => sandbox.run([program, 'logout', host]),
        async push(name) {
          const context = await writeBuildContext(sandbox.path('context'), `${crypto.randomUUID()}\n`);
          await sandbox.ok([...build, '--tag', `${host}/${name}`, context]);
          return sandbox.run([program, 'push', ...flags, `${host}/${name}`]);
        },
        async pull(name) {
          await sandbox.run([program, 'rmi', '--force', `${host}/${name}`]);
          return sandbox.run([program, 'pull', ...flags, `${host}/${name}`]);
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
}

/** Flags of every program built on containers/image, and the folder of authorities that one of them names. */
export async function transportFlags(sandbox: Sandbox, { scheme, authority }: Endpoint): Promise<string[]> {
  if (scheme === 'http') return ['--tls-verify=false'];
  const folder = await certificateFolder(sandbox, authority);
  return [`--cert-dir=${folder}`];
}

export async function certificateFolder(sandbox: Sandbox, authority: string | undefined): Promise<string> {
  const folder = sandbox.path('certificates');
  await mkdir(folder, { recursive: true });
  if (authority !== undefined) await copyFile(authority, `${folder}/ca.crt`);
  return folder;
}
