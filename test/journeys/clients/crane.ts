import { mkdtemp } from 'node:fs/promises';
import { writeLayout } from '../harness/layout.ts';
import type { Client } from './client.ts';

export const crane: Client = {
  name: 'crane',
  tools: ['crane'],
  async open(sandbox, { host, scheme, authority }) {
    const flags = scheme === 'http' ? ['--insecure'] : [];
    const env = authority === undefined ? {} : { SSL_CERT_FILE: authority };
    return {
      // `crane auth login` only writes the file: asking for something is what shows whether the password is right.
      async login(username, password) {
        const command = ['crane', 'auth', 'login', host, '--username', username, '--password-stdin'];
        await sandbox.ok(command, { input: password, env });
        return sandbox.run(['crane', 'catalog', host, ...flags], { env });
      },
      logout: () => sandbox.run(['crane', 'auth', 'logout', host]),
      async push(name) {
        const layout = await mkdtemp(sandbox.path('layout-'));
        await writeLayout(layout, { messages: [crypto.randomUUID()], tag: 'pushed' });
        return sandbox.run(['crane', 'push', layout, `${host}/${name}`, ...flags], { env });
      },
      async pull(name) {
        const folder = await mkdtemp(sandbox.path('pulled-'));
        return sandbox.run(['crane', 'pull', '--format=oci', `${host}/${name}`, folder, ...flags], { env });
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
