import { afterAll, describe, expect, it } from 'bun:test';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureOf } from '../contract/upload-client.ts';
import { FolderInUseError, lockFolder } from './folder-lock.ts';

const parent = await mkdtemp(join(tmpdir(), 'havre-lock-'));
afterAll(() => rm(parent, { recursive: true, force: true }));

const newFolder = (): Promise<string> => mkdtemp(join(parent, 'folder-'));

/** Another process that takes the folder and holds it until it is killed. */
async function holderOf(folder: string): Promise<Bun.Subprocess<'ignore', 'pipe', 'inherit'>> {
  const program = `
    import { lockFolder } from ${JSON.stringify(join(import.meta.dir, 'folder-lock.ts'))};
    await lockFolder(${JSON.stringify(folder)});
    console.log('held');
    setInterval(() => {}, 60_000);`;
  const holder = Bun.spawn([process.execPath, '-e', program], { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' });
  await holder.stdout.getReader().read();
  return holder;
}

describe('lockFolder', () => {
  it('refuses a folder that another process has, and names both', async () => {
    const folder = await newFolder();
    const holder = await holderOf(folder);
    try {
      const failure = await failureOf(lockFolder(folder));
      expect(failure).toBeInstanceOf(FolderInUseError);
      expect(failure).toMatchObject({ folder });
      expect(String(failure)).toContain(`${folder} is used by process ${holder.pid} on ${hostname()}`);
    } finally {
      holder.kill('SIGKILL');
      await holder.exited;
    }
  });

  it('takes a folder whose process was killed', async () => {
    const folder = await newFolder();
    const holder = await holderOf(folder);
    holder.kill('SIGKILL');
    await holder.exited;

    await (await lockFolder(folder)).release();
  });

  it('refuses a second caller in the same process, and keeps the first', async () => {
    const folder = await newFolder();
    const lock = await lockFolder(folder);
    expect(await failureOf(lockFolder(folder))).toBeInstanceOf(FolderInUseError);
    expect(await failureOf(lockFolder(folder))).toBeInstanceOf(FolderInUseError);
    await lock.release();
  });

  it('makes a folder that only its owner can look into', async () => {
    const folder = join(await newFolder(), 'made');
    const lock = await lockFolder(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await lock.release();
  });

  it('lets go, once or twice, and can be taken again', async () => {
    const folder = join(await newFolder(), 'made', 'on', 'the', 'way');
    const lock = await lockFolder(folder);
    await lock.release();
    await lock.release();
    await (await lockFolder(folder)).release();
  });
});
