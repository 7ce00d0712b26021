import { mkdtemp } from 'node:fs/promises';
import { writeLayout } from '../harness/layout.ts';
import type { Client } from './client.ts';
import { certificateFolder } from './podman.ts';

export const skopeo: Client = {
  name: 'skopeo',
  tools: ['skopeo'],
  async open(sandbox, { host, scheme, authority }) {
    const certificates = await certificateFolder(sandbox, authority);
    const flags = (side: '' | 'src-' | 'dest-'): string[] =>
      scheme === 'http' ? [`--${side}tls-verify=false`] : [`--${side}cert-dir=${certificates}`];
    return {
      login: (username, password) => {
        const command = ['skopeo', 'login', ...flags(''), '--username', username, '--password-stdin', host];
        return sandbox.run(command, { input: password });
      },
      logout: () => sandbox.run(['skopeo', 'logout', host]),
      async push(name) {
        const layout = await mkdtemp(sandbox.path('layout-'));
        await writeLayout(layout, { messages: [crypto.randomUUID()], tag: 'pushed' });
        return sandbox.run(['skopeo', 'copy', ...flags('dest-'), `oci:${layout}:pushed`, `docker://${host}/${name}`]);
      },
      async pull(name) {
        const folder = await mkdtemp(sandbox.path('pulled-'));
        return sandbox.run(['skopeo', 'copy', ...flags('src-'), `docker://${host}/${name}`, `dir:${folder}`]);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
