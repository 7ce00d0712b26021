import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { said } from './clients/client.ts';
import { helloProgram } from './harness/hello.ts';
import { writeLayout } from './harness/layout.ts';
import { ask, digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

journey('crane', ['crane'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let host: string;
  let digests: { image: string; index: string };

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    host = registry.host;
    const login = ['auth', 'login', host, '--username', registry.username, '--password-stdin'];
    await sandbox.ok(['crane', ...login], { input: registry.password });
    digests = {
      image: await writeLayout(sandbox.path('image'), { messages: ['one'], tag: 'it' }),
      index: await writeLayout(sandbox.path('index'), { messages: ['one', 'two'], tag: 'it' }),
    };
  });
  afterAll(() => stack.disposeAsync());

  it('pushes an image and an index, and names their digests', async () => {
    await crane('push', sandbox.path('image'), `${host}/team/app:1.0`);
    await crane('push', sandbox.path('index'), `${host}/team/multi:1.0`);
    expect(await crane('digest', `${host}/team/app:1.0`)).toBe(`${digests.image}\n`);
    expect(await digestOf(registry, 'team/app:1.0')).toBe(digests.image);
    const platform = await crane('digest', '--platform', 'linux/arm64', `${host}/team/multi:1.0`);
    expect(platform).not.toBe(await crane('digest', `${host}/team/multi:1.0`));
  });

  it('finds everything that a remote image promises', async () => {
    for (const name of ['team/app:1.0', 'team/multi:1.0']) {
      expect(said(await sandbox.run(['crane', 'validate', '--remote', `${host}/${name}`]))).toContain('PASS');
    }
  });

  it('pulls as an archive, and as a layout with the same digest', async () => {
    await crane('pull', `${host}/team/app:1.0`, sandbox.path('app.tar'));
    expect(await sandbox.ok(['tar', '--list', '--file', sandbox.path('app.tar')])).toContain('manifest.json');
    await crane('pull', '--format=oci', `${host}/team/app:1.0`, sandbox.path('pulled'));
    expect(await Bun.file(sandbox.path('pulled/index.json')).text()).toContain(digests.image);
  });

  it('copies, tags, and lists repositories and tags', async () => {
    await crane('copy', `${host}/team/app:1.0`, `${host}/elsewhere/app:2.0`);
    await crane('tag', `${host}/elsewhere/app:2.0`, 'latest');
    expect(await digestOf(registry, 'elsewhere/app:latest')).toBe(digests.image);
    expect(await crane('ls', `${host}/elsewhere/app`)).toBe('2.0\nlatest\n');
    expect(await crane('catalog', host)).toBe('elsewhere/app\nteam/app\nteam/multi\n');
  });

  it('appends a layer to an image, and exports its files', async () => {
    await sandbox.write('added', helloProgram('added'));
    await sandbox.ok(['tar', '--create', '--file', sandbox.path('layer.tar'), '--directory', sandbox.folder, 'added']);
    const layer = sandbox.path('layer.tar');
    await crane('append', '--base', `${host}/team/app:1.0`, '--new_layer', layer, '--new_tag', `${host}/team/app:1.1`);
    await crane('export', `${host}/team/app:1.1`, sandbox.path('files.tar'));
    const files = await sandbox.ok(['tar', '--list', '--file', sandbox.path('files.tar')]);
    expect(files.trim().split('\n').toSorted()).toEqual(['added', 'hello']);
  });

  it('changes what an image runs', async () => {
    await crane('mutate', '--cmd', '/other', '--tag', `${host}/team/app:1.2`, `${host}/team/app:1.0`);
    const config: unknown = JSON.parse(await crane('config', `${host}/team/app:1.2`));
    expect(config).toMatchObject({ config: { Cmd: ['/other'] } });
  });

  it('deletes a manifest by its digest: with it go all tags that name it', async () => {
    await crane('delete', `${host}/elsewhere/app@${digests.image}`);
    expect(await digestOf(registry, 'elsewhere/app:2.0')).toBeUndefined();
    const read = await sandbox.run(['crane', 'manifest', `${host}/elsewhere/app:2.0`]);
    expect(read.status).not.toBe(0);
    expect(said(read)).toContain('MANIFEST_UNKNOWN');
    expect((await ask(registry, 'HEAD', '/v2/team/app/manifests/1.0')).status).toBe(200);
  });

  function crane(...args: readonly string[]): Promise<string> {
    return sandbox.ok(['crane', ...args]);
  }
});
