import { copyFile, mkdir } from 'node:fs/promises';
import { Dockerd, DOCKER_TOOLS } from '../harness/dockerd.ts';
import { writeBuildContext } from '../harness/hello.ts';
import type { Client } from './client.ts';

export const docker: Client = {
  name: 'docker',
  tools: DOCKER_TOOLS,
  trustsLoopback: true,
  async open(sandbox, { host, authority }) {
    const daemon = await Dockerd.start(sandbox);
    if (authority !== undefined) {
      await mkdir(`${daemon.etc}/docker/certs.d/${host}`, { recursive: true });
      await copyFile(authority, `${daemon.etc}/docker/certs.d/${host}/ca.crt`);
    }
    return {
      login: (username, password) => daemon.login(host, username, password),
      logout: () => daemon.docker('logout', host),
      async push(name) {
        const context = await writeBuildContext(sandbox.path('context'), `${crypto.randomUUID()}\n`);
        await daemon.dockerOk('build', '--tag', `${host}/${name}`, context);
        return daemon.docker('push', `${host}/${name}`);
      },
      async pull(name) {
        await daemon.docker('image', 'rm', '--force', `${host}/${name}`);
        return daemon.docker('pull', `${host}/${name}`);
      },
      [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
    };
  },
};
