import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { said } from './clients/client.ts';
import { packageChart } from './clients/helm.ts';
import { ask, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

journey('helm', ['helm'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let charts: string;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    charts = `oci://${registry.host}/team/charts`;
    const login = ['registry', 'login', registry.host, '--plain-http', '--username', registry.username];
    const said = await sandbox.run(['helm', ...login, '--password-stdin'], { input: registry.password });
    expect(`${said.stdout}${said.stderr}`).toContain('Login Succeeded');
  });
  afterAll(() => stack.disposeAsync());

  it('pushes charts, kept with the media types of Helm', async () => {
    for (const version of ['1.2.3', '1.3.0', '2.0.0+build.7']) {
      const pushed = await sandbox.run([
        'helm',
        'push',
        await packageChart(sandbox, 'sail', version),
        charts,
        '--plain-http',
      ]);
      expect(said(pushed)).toContain(`Pushed: ${registry.host}/team/charts/sail:${version.replace('+', '_')}`);
      expect(said(pushed)).toContain('Digest: sha256:');
    }
    const manifest = (await (await ask(registry, 'GET', '/v2/team/charts/sail/manifests/1.2.3')).json()) as object;
    expect(manifest).toMatchObject({
      config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' },
      layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }],
    });
  });

  it('pulls the version asked for, byte for byte', async () => {
    const archive = await packageChart(sandbox, 'keel', '0.1.0');
    await helm('push', archive, charts);
    await helm('pull', `${charts}/keel`, '--version', '0.1.0', '--destination', sandbox.folder);
    expect(await readFile(sandbox.path('keel-0.1.0.tgz'))).toEqual(await readFile(archive));
  });

  it('finds the newest version that a range allows, by the list of tags', async () => {
    expect(await helm('show', 'chart', `${charts}/sail`, '--version', '^1.0.0')).toContain('version: 1.3.0');
    expect(await helm('show', 'chart', `${charts}/sail`, '--version', '2.0.0+build.7')).toContain('2.0.0+build.7');
  });

  it('renders a chart straight from the registry', async () => {
    expect(await helm('template', 'harbour', `${charts}/sail`, '--version', '1.2.3')).toContain('kind: ConfigMap');
  });

  it('takes a chart of the registry as a dependency', async () => {
    const dependency = `dependencies:\n  - name: sail\n    version: 1.2.3\n    repository: ${charts}\n`;
    await sandbox.write('fleet/Chart.yaml', `apiVersion: v2\nname: fleet\nversion: 0.1.0\n${dependency}`);
    await helm('dependency', 'update', sandbox.path('fleet'));
    expect(await Bun.file(sandbox.path('fleet/charts/sail-1.2.3.tgz')).exists()).toBe(true);
  });

  it('may not pull after the logout', async () => {
    await sandbox.ok(['helm', 'registry', 'logout', registry.host]);
    const pulled = await sandbox.run(['helm', 'pull', `${charts}/sail`, '--version', '1.2.3', '--plain-http']);
    expect(pulled.status).not.toBe(0);
    expect(said(pulled)).toMatch(/401|unauthorized|basic credential not found/i);
  });

  function helm(...args: readonly string[]): Promise<string> {
    return sandbox.ok(['helm', ...args, '--plain-http']);
  }
});
