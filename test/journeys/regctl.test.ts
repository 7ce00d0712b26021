import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { randomBytes } from '../support/image.ts';
import { writeLayout } from './harness/layout.ts';
import { ask, digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const SBOM = 'application/vnd.example.sbom';

journey('regctl', ['regctl'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let host: string;
  let index: string;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    host = registry.host;
    index = await writeLayout(sandbox.path('index'), { messages: ['one', 'two'], tag: 'it' });
    await regctl('registry', 'set', host, '--tls', 'disabled', '--skip-check');
    const login = ['regctl', 'registry', 'login', host, '--user', registry.username, '--pass-stdin'];
    await sandbox.ok(login, { input: registry.password });
  });
  afterAll(() => stack.disposeAsync());

  it('copies an index in, and between repositories, with its digest', async () => {
    await regctl('image', 'copy', `ocidir://${sandbox.path('index')}:it`, `${host}/team/multi:1.0`);
    await regctl('image', 'copy', `${host}/team/multi:1.0`, `${host}/elsewhere/multi:1.0`);
    expect(await digestOf(registry, 'team/multi:1.0')).toBe(index);
    expect(await digestOf(registry, 'elsewhere/multi:1.0')).toBe(index);
    expect((await regctl('image', 'digest', `${host}/team/multi:1.0`)).trim()).toBe(index);
  });

  it('lists repositories and tags, page by page', async () => {
    for (const tag of ['a', 'b', 'c'])
      await regctl('image', 'copy', `${host}/team/multi:1.0`, `${host}/team/multi:${tag}`);
    expect(await regctl('repo', 'ls', host)).toBe('elsewhere/multi\nteam/multi\n');
    expect(await regctl('tag', 'ls', '--limit', '2', '--last', '1.0', `${host}/team/multi`)).toBe('a\nb\n');
  });

  it('sends a large blob in chunks, and reads it back', async () => {
    const blob = randomBytes(5 << 20);
    await sandbox.write('blob', blob);
    await regctl('registry', 'set', host, '--blob-chunk', '1000000', '--blob-max', '1000000', '--skip-check');
    const command = ['sh', '-c', `regctl blob put ${host}/team/blobs < blob`];
    const digest = (await sandbox.ok(command)).trim();
    await sandbox.ok(['sh', '-c', `regctl blob get ${host}/team/blobs ${digest} > fetched`]);
    expect(Buffer.compare(await readFile(sandbox.path('fetched')), blob)).toBe(0);
  });

  it('attaches an artifact, lists what is attached, and copies it along', async () => {
    const put = ['artifact', 'put', '--artifact-type', SBOM, '--subject', `${host}/team/multi:1.0`, '--file', 'sbom'];
    await sandbox.write('sbom', '{"packages":[]}');
    await regctl(...put);
    expect(await regctl('artifact', 'list', `${host}/team/multi:1.0`)).toContain(SBOM);
    await regctl('image', 'copy', '--referrers', `${host}/team/multi:1.0`, `${host}/elsewhere/multi:signed`);
    const reply = await ask(registry, 'GET', `/v2/elsewhere/multi/referrers/${index}`);
    expect(await reply.json()).toMatchObject({ manifests: [{ artifactType: SBOM }] });
  });

  it('deletes one tag and leaves the others, then the manifest with all its tags', async () => {
    await regctl('tag', 'rm', `${host}/team/multi:a`);
    expect(await regctl('tag', 'ls', `${host}/team/multi`)).toBe('1.0\nb\nc\n');
    await regctl('manifest', 'rm', '--referrers', `${host}/team/multi@${index}`);
    expect(await digestOf(registry, 'team/multi:1.0')).toBeUndefined();
    expect(await digestOf(registry, 'elsewhere/multi:1.0')).toBe(index);
  });

  function regctl(...args: readonly string[]): Promise<string> {
    return sandbox.ok(['regctl', ...args]);
  }
});
