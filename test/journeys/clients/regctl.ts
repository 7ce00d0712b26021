import { mkdtemp, readFile } from 'node:fs/promises';
import { writeLayout } from '../harness/layout.ts';
import type { Client } from './client.ts';

export const regctl: Client = {
  name: 'regctl',
  tools: ['regctl'],
  async open(sandbox, { host, scheme, authority }) {
    const certificate = authority === undefined ? [] : ['--cacert', await readFile(authority, 'utf8')];
    const settings = scheme === 'http' ? ['--tls', 'disabled'] : ['--tls', 'enabled', ...certificate];
    await sandbox.ok(['regctl', 'registry', 'set', host, ...settings, '--skip-check']);
    return {
      login: (username, password) =>
        sandbox.run(['regctl', 'registry', 'login', host, '--user', username, '--pass-stdin'], { input: password }),
      logout: () => sandbox.run(['regctl', 'registry', 'logout', host]),
      async push(name) {
        const layout = await mkdtemp(sandbox.path('layout-'));
        await writeLayout(layout, { messages: [crypto.randomUUID()], tag: 'pushed' });
        return sandbox.run(['regctl', 'image', 'copy', `ocidir://${layout}:pushed`, `${host}/${name}`]);
      },
      async pull(name) {
        const folder = await mkdtemp(sandbox.path('pulled-'));
        return sandbox.run(['regctl', 'image', 'copy', `${host}/${name}`, `ocidir://${folder}:pulled`]);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
