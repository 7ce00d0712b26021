import { mkdtemp, readdir } from 'node:fs/promises';
import type { Sandbox } from '../harness/sandbox.ts';
import type { Client } from './client.ts';

/** A chart's name is the last part of its repository, and its version is the tag. */
export const helm: Client = {
  name: 'helm',
  tools: ['helm'],
  async open(sandbox, { host, scheme, authority }) {
    const flags = scheme === 'http' ? ['--plain-http'] : authority === undefined ? [] : ['--ca-file', authority];
    return {
      login: (username, password) => {
        const command = ['helm', 'registry', 'login', host, ...flags, '--username', username, '--password-stdin'];
        return sandbox.run(command, { input: password });
      },
      logout: () => sandbox.run(['helm', 'registry', 'logout', host]),
      async push(name) {
        const { above, chart, version } = chartOf(name);
        const path = await packageChart(sandbox, chart, version);
        return sandbox.run(['helm', 'push', path, `oci://${host}${above}`, ...flags]);
      },
      async pull(name) {
        const { above, chart, version } = chartOf(name);
        const folder = await mkdtemp(sandbox.path('pulled-'));
        const source = `oci://${host}${above}/${chart}`;
        return sandbox.run(['helm', 'pull', source, '--version', version, '--destination', folder, ...flags]);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

/** Packages a chart of one config map, with content that is new each time. @returns the path of the archive. */
export async function packageChart(sandbox: Sandbox, name: string, version: string): Promise<string> {
  await sandbox.write(`charts/${name}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: ${version}\n`);
  await sandbox.write(
    `charts/${name}/templates/map.yaml`,
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  id: ${crypto.randomUUID()}\n`,
  );
  const folder = await mkdtemp(sandbox.path('packages-'));
  await sandbox.ok(['helm', 'package', sandbox.path('charts', name), '--destination', folder]);
  const [archive = ''] = await readdir(folder);
  return `${folder}/${archive}`;
}

/** `team/app:1.2.3` → what helm wants to hear. A tag that is no version gets zeros: `1.0` → `1.0.0`. */
function chartOf(name: string): { above: string; chart: string; version: string } {
  const [repository = '', tag = ''] = name.split(':');
  const parts = repository.split('/');
  const chart = parts.pop() ?? '';
  const version = [...tag.split('.'), '0', '0'].slice(0, 3).join('.');
  return { above: parts.length > 0 ? `/${parts.join('/')}` : '', chart, version };
}
