import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import type { CollectReport } from '../../gc/collector.ts';
import { systemActor } from '../../metadata/actor.ts';
import { insertTrash } from '../../metadata/trash.ts';
import { digestOf } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

function havre(line: string, options: CliOptions = {}): Promise<CliResult> {
  return runHavre(line.split(' '), { installation, ...options });
}

/** A blob that no manifest will ever name. */
async function pushGarbage(sizeBytes: number): Promise<void> {
  const bytes = new Uint8Array(sizeBytes).fill(7);
  const chunk = { body: new Blob([bytes]).stream(), signal: new AbortController().signal };
  await installation.uploads.push(parseRepositoryName('team/app'), digestOf(bytes), chunk);
}

function laterThanTheGraceTime(): void {
  installation.clock.now = new Date('2026-11-20T12:00:00Z');
}

describe('havre garbage-collect', () => {
  it('says what went, and how much that freed', async () => {
    await pushGarbage(2048);
    laterThanTheGraceTime();
    const { exitCode, stdout, stderr, isClosed } = await havre('garbage-collect');
    expect({ exitCode, stderr, isClosed }).toEqual({ exitCode: 0, stderr: '', isClosed: true });
    expect(stdout).toBe('Removed 0 manifests, 1 blob.\nFreed 2.0 KiB (2,048 bytes).\n');
    expect((await havre('garbage-collect')).stdout).toContain('Removed 0 manifests, 0 blobs.');
  });

  it('says what it keeps for the grace time, and how to take that too', async () => {
    await pushGarbage(2048);
    const { stdout } = await havre('garbage-collect');
    expect(stdout).toContain('Removed 0 manifests, 0 blobs.');
    expect(stdout).toContain('Kept 1 blob of 2.0 KiB (2,048 bytes) that nothing refers to');
    expect(stdout).toContain('the grace time of 1 hour');
    installation.clock.now = new Date('2026-11-20T10:00:01Z');
    expect((await havre('garbage-collect --grace-seconds 0')).stdout).toStartWith('Removed 0 manifests, 1 blob.');
  });

  it('changes nothing in a dry run', async () => {
    await pushGarbage(100);
    laterThanTheGraceTime();
    for (const flag of ['-d', '--dry-run', '--dry-run=true', '-d=true --delete-untagged=false']) {
      const { stdout } = await havre(`garbage-collect ${flag}`);
      expect(stdout).toBe('Would remove 0 manifests, 1 blob.\nWould free 100 bytes. Nothing was changed.\n');
    }
  });

  it('says what the trash keeps after a deletion, and frees it with --purge', async () => {
    await pushGarbage(2048);
    const { database, clock } = installation;
    await database.transaction(async (tx) => {
      const row = {
        kind: 'manifest',
        repositoryId: 1,
        repository: parseRepositoryName('team/app'),
        keepSeconds: 86_400,
      };
      const entry = await insertTrash(tx, { ...row, kind: 'manifest' }, systemActor('client'), clock.now);
      const [blob] = await tx.build((kysely) => kysely.selectFrom('blobs').select('digest'));
      const edge = {
        trash_id: entry.id,
        manifest_digest: digestOf(new Uint8Array()),
        kind: 'blob',
        is_linked: 1,
      } as const;
      if (blob !== undefined) {
        await tx.build((kysely) => kysely.insertInto('trashed_edges').values({ ...edge, digest: blob.digest }));
      }
    });
    laterThanTheGraceTime();
    const { stdout } = await havre('garbage-collect');
    expect(stdout).toContain('Removed 0 manifests, 0 blobs.');
    expect(stdout).toContain('1 deletion can be undone, for which the trash keeps 2.0 KiB (2,048 bytes).');
    expect(stdout).toContain('havre garbage-collect --grace-seconds 0 --purge');
    expect((await havre('garbage-collect --purge')).stdout).toBe(
      'Removed 0 manifests, 1 deletion in the trash, 1 blob.\nFreed 2.0 KiB (2,048 bytes).\n',
    );
  });

  it('says nothing when told to be quiet', async () => {
    const { exitCode, stdout, stderr } = await havre('garbage-collect -q -m');
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('is JSON for programs', async () => {
    await pushGarbage(100);
    expect(JSON.parse((await havre('garbage-collect --json')).stdout)).toMatchObject({
      dryRun: false,
      graceSeconds: 3600,
      bytes: 0,
      kept: { manifests: 0, blobs: 1, bytes: 100 },
    });
  });

  it('wants a whole number of seconds', async () => {
    expect((await havre('garbage-collect --grace-seconds 1h')).exitCode).toBe(2);
  });
});

describe('the configuration file after garbage-collect', () => {
  let folder: string;

  beforeEach(() => {
    folder = temporaryFolder('config');
  });

  afterEach(() => removeFolder(folder));

  it('is left aside when it is not there, as in a container made for distribution', async () => {
    const { exitCode, stderr, overrides } = await havre('garbage-collect /etc/docker/registry/no-config.yml');
    expect(exitCode).toBe(0);
    expect(stderr).toBe('Ignored /etc/docker/registry/no-config.yml: there is no such file that could be read.\n');
    expect(overrides).toEqual([{}]);
  });

  it("is left aside when it is distribution's", async () => {
    const file = join(folder, 'config.yml');
    writeFileSync(file, 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /var/lib/registry\n');
    const { exitCode, stderr, overrides } = await havre(`garbage-collect ${file}`);
    expect({ exitCode, overrides }).toEqual({ exitCode: 0, overrides: [{}] });
    expect(stderr).toContain("a configuration of distribution's registry");
  });

  it('is used when it is ours', async () => {
    const file = join(folder, 'havre.yaml');
    writeFileSync(file, 'data: /srv/havre\n');
    const { stderr, overrides } = await havre(`garbage-collect ${file}`);
    expect({ stderr, overrides }).toEqual({ stderr: '', overrides: [{ config: file }] });
  });
});

/** A collection that ends only when it is stopped. */
function endlessCollection(): { readonly collect: () => Promise<CollectReport>; readonly stop: () => void } {
  const ended = Promise.withResolvers<CollectReport>();
  return { collect: () => ended.promise, stop: () => ended.reject(new Error('stopped')) };
}

describe('a long collection', () => {
  it('is stopped by Ctrl-C, and then the installation is let go of', async () => {
    const collection = endlessCollection();
    const other = await openInstallation({
      collector: {
        collect: (_options, signal) => {
          signal.addEventListener('abort', () => collection.stop());
          return collection.collect();
        },
      },
    });
    const keyboard = new AbortController();
    // Progress on the terminal is the sign that it is under way.
    const stderr = {
      isTTY: true,
      write: (text: string) => {
        if (text.includes('Collecting garbage')) keyboard.abort();
      },
    };
    const host = { stderr, interruption: () => keyboard.signal };
    const { exitCode, stdout, isClosed } = await havre('garbage-collect', { installation: other, host });
    expect({ exitCode, stdout, isClosed }).toEqual({ exitCode: 130, stdout: '', isClosed: true });
    await other.close();
  });

  it('that fails is a failure here too', async () => {
    const other = await openInstallation({
      collector: { collect: () => Promise.reject(new Error('no')) },
    });
    const { exitCode, stdout, stderr } = await havre('garbage-collect', { installation: other });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('Something went wrong here');
    await other.close();
  });
});
