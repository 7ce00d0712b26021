import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { ask, digestOf, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const NOTES = 'application/vnd.example.notes';
const SIGNATURE = 'application/vnd.example.signature';
const SBOM = 'application/vnd.example.sbom';

journey('oras', ['oras'], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let sandbox: Sandbox;
  let name: string;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    sandbox = stack.use(await Sandbox.open());
    name = `${registry.host}/team/notes:1.0`;
    const login = ['login', '--plain-http', '--username', registry.username, '--password-stdin', registry.host];
    await sandbox.ok(['oras', ...login], { input: registry.password });
    for (const file of ['notes.txt', 'more.bin', 'signature.json', 'sbom.json']) {
      await sandbox.write(file, `${file}: ${crypto.randomUUID()}\n`);
    }
  });
  afterAll(() => stack.disposeAsync());

  it('pushes files as an artifact, and pulls them byte for byte', async () => {
    await oras('push', '--artifact-type', NOTES, name, 'notes.txt:text/plain', 'more.bin');
    await oras('pull', '--output', sandbox.path('pulled'), name);
    for (const file of ['notes.txt', 'more.bin']) {
      expect(await readFile(sandbox.path('pulled', file))).toEqual(await readFile(sandbox.path(file)));
    }
  });

  it('attaches a signature and an SBOM, and discovers them by what they point at', async () => {
    await oras('attach', '--artifact-type', SIGNATURE, '--annotation', 'by=captain', name, 'signature.json');
    await oras('attach', '--artifact-type', SBOM, name, 'sbom.json');
    expect(await artifactTypes(name)).toEqual([SBOM, SIGNATURE]);
    expect(await artifactTypes(name, '--artifact-type', SIGNATURE)).toEqual([SIGNATURE]);
  });

  it('uses the referrers API: no tag was made for want of it', async () => {
    expect(await oras('repo', 'tags', `${registry.host}/team/notes`)).toBe('1.0\n');
    const digest = await digestOf(registry, 'team/notes:1.0');
    const reply = await ask(
      registry,
      'GET',
      `/v2/team/notes/referrers/${digest}?artifactType=${encodeURIComponent(SIGNATURE)}`,
    );
    expect(reply.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await reply.json()).toMatchObject({
      manifests: [{ artifactType: SIGNATURE, annotations: { by: 'captain' } }],
    });
  });

  it('copies an artifact with all that is attached to it', async () => {
    const copy = `${registry.host}/elsewhere/notes:1.0`;
    await oras('copy', '--recursive', '--from-plain-http', '--to-plain-http', name, copy);
    expect(await digestOf(registry, 'elsewhere/notes:1.0')).toBe((await digestOf(registry, 'team/notes:1.0')) ?? '');
    expect(await artifactTypes(copy)).toEqual([SBOM, SIGNATURE]);
  });

  it('pushes and fetches single blobs and manifests', async () => {
    const pushed = await oras('blob', 'push', '--descriptor', `${registry.host}/team/blobs`, 'more.bin');
    const { digest } = JSON.parse(pushed) as { digest: string };
    await oras('blob', 'fetch', '--output', sandbox.path('fetched'), `${registry.host}/team/blobs@${digest}`);
    expect(await readFile(sandbox.path('fetched'))).toEqual(await readFile(sandbox.path('more.bin')));
    expect(await oras('manifest', 'fetch', '--descriptor', name)).toContain(
      (await digestOf(registry, 'team/notes:1.0')) ?? '',
    );
  });

  it('tags, lists repositories, and deletes', async () => {
    await oras('tag', name, 'stable', 'latest');
    expect(await oras('repo', 'tags', `${registry.host}/team/notes`)).toBe('1.0\nlatest\nstable\n');
    expect(await oras('repo', 'ls', registry.host)).toContain('elsewhere/notes\n');
    await oras('manifest', 'delete', '--force', `${registry.host}/elsewhere/notes:1.0`);
    expect(await digestOf(registry, 'elsewhere/notes:1.0')).toBeUndefined();
  });

  async function artifactTypes(subject: string, ...flags: readonly string[]): Promise<string[]> {
    const found = JSON.parse(await oras('discover', '--format', 'json', ...flags, subject)) as {
      referrers?: { artifactType: string }[];
      manifests?: { artifactType: string }[];
    };
    return (found.referrers ?? found.manifests ?? []).map(({ artifactType }) => artifactType).toSorted();
  }

  function oras(...args: readonly string[]): Promise<string> {
    const plain = args[0] === 'copy' ? [] : ['--plain-http'];
    return sandbox.ok(['oras', ...args, ...plain]);
  }
});
