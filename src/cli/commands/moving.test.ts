import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { imageOf, randomBlob } from '../../../test/support/image.ts';
import { RegistryV2Tree } from '../../../test/support/registry-v2-tree.ts';
import { identityOf } from '../../auth/identity.ts';
import { EVERYTHING } from '../../auth/rights.ts';

let installation: Installation;
let tree: RegistryV2Tree;

beforeEach(async () => {
  installation = await openInstallation();
  tree = new RegistryV2Tree(temporaryFolder('moving-in'));
});

afterEach(async () => {
  await installation.close();
  removeFolder(tree.folder);
});

function havre(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runHavre(args, { installation, ...options });
}

const image = imageOf([randomBlob(1000)]);

describe('havre import registry-v2', () => {
  it('says what came, and shows on a terminal how far it is', async () => {
    tree.addImage('team/app', image, '1.0', 'latest');
    const { exitCode, stdout, stderr } = await havre(['import', 'registry-v2', tree.folder], { isTerminal: true });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Imported 1 manifest, 2 tags, 2 blobs of');
    expect(stdout).toContain('Of the blobs, 2 copied.');
    expect(stderr).toContain('manifests/s');
    expect((await havre(['import', 'registry-v2', tree.folder])).stdout).toContain('Here already: 1 manifest, 2 tags.');
  });

  it('ends with 1 when something is broken in the source, and names it', async () => {
    tree.addImage('team/app', image, '1.0');
    tree.write(tree.tagPath('team/app', 'torn'), 'nothing');
    const { exitCode, stdout } = await havre(['import', 'registry-v2', tree.folder]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Broken in the source: 1 item. All else is here.');
    expect(stdout).toContain('  team/app torn: The tag was not imported: its link holds no digest.');
  });

  it('is JSON for programs', async () => {
    tree.write(tree.tagPath('team/app', 'torn'), 'nothing');
    const { stdout } = await havre(['import', 'registry-v2', tree.folder, '--dry-run', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: true,
      imported: { manifests: 0 },
      broken: 1,
      findings: [{ kind: 'tag', repository: 'team/app', item: 'torn' }],
    });
  });

  it('fails rather than copy, when told so', async () => {
    tree.addImage('team/app', image, '1.0');
    const { exitCode, stdout, stderr } = await havre(['import', 'registry-v2', tree.folder, '--link']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('No links can be made from there to here');
  });

  it.each([
    [['--link', '--copy'], 'exclude each other'],
    [['--into', 'Upper'], 'like the name of a repository'],
    [['--repository', 'Team/*'], 'repository names are lowercase'],
    [['--verify', 'nothing'], 'Allowed choices are full, manifests'],
  ])('refuses %p', async (options, why) => {
    const { exitCode, stderr } = await havre(['import', 'registry-v2', tree.folder, ...options]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(why);
  });

  it('wants an absolute path for a server somewhere else', async () => {
    const { exitCode, stderr } = await havre(
      ['import', 'registry-v2', 'old', '--server', 'https://registry.example.org', '--login-password-stdin'],
      { stdin: 'secret\n' },
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain('an absolute path, on the machine of that server');
  });

  it('says that a folder is not there, or not one of registry:2', async () => {
    const gone = await havre(['import', 'registry-v2', join(tree.folder, 'gone')]);
    expect(gone).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot be read') });
    const other = await havre(['import', 'registry-v2', join(tree.folder, 'docker/registry/v2/repositories')]);
    expect(other).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('/var/lib/registry') });
    const bucket = await havre(['import', 'registry-v2', 's3://user:secret@bucket']);
    expect(bucket.stderr).toContain('Credentials are not part of it');
    expect(bucket.stderr).not.toContain('user:secret');
  });
});

describe('havre export oci-layout and import oci-layout', () => {
  it('bring images out and in again', async () => {
    tree.addImage('team/app', image, '1.0', 'latest');
    await havre(['import', 'registry-v2', tree.folder]);
    const layout = join(tree.folder, 'layout');
    const exported = await havre(['export', 'oci-layout', 'team/app:1.0', ':latest', layout]);
    expect(exported).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Exported 1 manifest, 2 tags') });
    const imported = await havre(['import', 'oci-layout', `${layout}:1.0`, 'other/app:copied']);
    expect(imported).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Imported 1 manifest, 1 tag') });
    const again = await havre(['export', 'oci-layout', `other/app@${image.manifest.digest}`, layout, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ imported: { manifests: 1, blobs: 0 }, findings: [] });
  });

  it('say what is wrong with the command line', async () => {
    const layout = join(tree.folder, 'layout');
    expect(await havre(['export', 'oci-layout', 'team/app', layout])).toMatchObject({ exitCode: 2 });
    expect(await havre(['export', 'oci-layout', 'team/app:1', '--all', layout])).toMatchObject({ exitCode: 2 });
    expect(await havre(['export', 'oci-layout', 'team/app:1', 'other', layout])).toMatchObject({ exitCode: 2 });
    expect(await havre(['export', 'oci-layout', 'none/such:1', layout])).toMatchObject({
      exitCode: 1,
      stderr: 'havre: There is no repository none/such.\n',
    });
  });
});

describe('an administrator from elsewhere', () => {
  it('may not have files written, which an export does', async () => {
    const principal = { kind: 'user', id: 'user:1', name: 'ada' } as const;
    const account = { principal, generation: '', isAdministrator: true, rights: EVERYTHING };
    const request = new Request('http://localhost/api/v1/exports/oci-layout', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ repository: 'team/app', allTags: true, folder: '/tmp/layout' }),
    });
    expect((await installation.api(request, identityOf({ account, scheme: 'basic' }))).status).toBe(403);
  });
});
