import { mkdtemp } from 'node:fs/promises';
import type { Client } from './client.ts';

export const oras: Client = {
  name: 'oras',
  tools: ['oras'],
  async open(sandbox, { host, scheme, authority }) {
    const trusted = authority === undefined ? [] : ['--ca-file', authority];
    // Told either way: for localhost, oras takes HTTP when it is not.
    const flags = scheme === 'http' ? ['--plain-http'] : ['--plain-http=false', ...trusted];
    return {
      login: (username, password) => {
        const command = ['oras', 'login', ...flags, '--username', username, '--password-stdin', host];
        return sandbox.run(command, { input: password });
      },
      logout: () => sandbox.run(['oras', 'logout', host]),
      async push(name) {
        await sandbox.write('notes.txt', crypto.randomUUID());
        return sandbox.run(['oras', 'push', ...flags, `${host}/${name}`, 'notes.txt:text/plain']);
      },
      async pull(name) {
        const folder = await mkdtemp(sandbox.path('pulled-'));
        return sandbox.run(['oras', 'pull', ...flags, '--output', folder, `${host}/${name}`]);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
