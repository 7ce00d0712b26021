import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.ts';
import { HtpasswdFile } from './htpasswd-file.ts';

const HASH = '$2y$05$LPgVLgm66ZI/oen9kE.08e.NRnzqLFCgsyGWRh1hpnlJp2DTyBmWG';
const line = (name: string): string => `${name}:${HASH}\n`;

let folder: string;
let file: HtpasswdFile | undefined;
let problems: string[];
let changes: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havre-htpasswd-'));
  problems = [];
  changes = 0;
});

afterEach(async () => {
  await file?.close();
  file = undefined;
  await rm(folder, { recursive: true });
});

async function open(path: string, pollSeconds = 3600): Promise<HtpasswdFile> {
  file = await HtpasswdFile.open({
    path,
    pollSeconds,
    onChange: () => void changes++,
    onProblem: (message) => problems.push(message),
  });
  return file;
}

async function namesBecome(...names: string[]): Promise<void> {
  await eventually(`the users are: ${names.join(', ')}`, () =>
    expect(Array.from(file?.entries() ?? [], ({ name }) => name)).toEqual(names),
  );
}

describe('an htpasswd file', () => {
  it('is read at once, and its bad lines are told', async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, `${line('ada')}bob:{SHA}x\n`);
    const users = await open(path);
    expect(users.find('ada')?.hash).toBe(HASH);
    expect(users.find('bob')).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(`${path}, line 2: the password is a SHA-1 hash`)]);
  });

  it('is read again when it is written', async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, line('ada'));
    await open(path);
    changes = 0;
    await writeFile(path, line('bob'));
    await namesBecome('bob');
    expect(changes).toBe(1);
  });

  it('is read again when another file takes its place', async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, line('ada'));
    await open(path);
    await writeFile(join(folder, 'new'), line('bob'));
    await rename(join(folder, 'new'), path);
    await namesBecome('bob');
  });

  it('is read again when the link above it is swapped, as Kubernetes does', async () => {
    for (const name of ['ada', 'bob']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'htpasswd'), line(name));
    }
    await symlink('ada', join(folder, '..data'));
    await symlink('..data/htpasswd', join(folder, 'htpasswd'));
    await open(join(folder, 'htpasswd'));
    await namesBecome('ada');
    await symlink('bob', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await namesBecome('bob');
  });

  it('is read again though other files beside it never rest', async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, line('ada'));
    await open(path);
    const busy = setInterval(() => void writeFile(join(folder, 'havre.db-wal'), 'x'), 20);
    await writeFile(path, line('bob'));
    await namesBecome('bob').finally(() => clearInterval(busy));
  });

  it('is looked at from time to time where no notice reaches us', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await writeFile(join(folder, 'elsewhere', 'users'), line('ada'));
    await symlink('elsewhere/users', join(folder, 'htpasswd'));
    await open(join(folder, 'htpasswd'), 0.05);
    await writeFile(join(folder, 'elsewhere', 'users'), line('bob'));
    await namesBecome('bob');
  });

  it('has no users when it is gone, or not there yet', async () => {
    const path = join(folder, 'htpasswd');
    await open(path);
    await namesBecome();
    expect(problems).toEqual([`${path}: there is no such file, so it has no users`]);
    await writeFile(path, line('ada'));
    await namesBecome('ada');
    await rm(path);
    await namesBecome();
  });

  it('may be in a folder that is made later', async () => {
    await open(join(folder, 'later', 'htpasswd'), 0.05);
    await mkdir(join(folder, 'later'));
    await writeFile(join(folder, 'later', 'htpasswd'), line('ada'));
    await namesBecome('ada');
  });

  it('keeps its users when it cannot be read', async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, line('ada'));
    const users = await open(path);
    await rm(path);
    await mkdir(path);
    await users.reload();
    await namesBecome('ada');
    await users.reload();
    expect(problems).toEqual([expect.stringContaining(`${path} cannot be taken over`)]);
  });

  it('is read at once on demand', async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, line('ada'));
    const users = await open(path);
    await writeFile(path, line('bob'));
    await users.reload();
    expect(users.find('ada')).toBeUndefined();
    expect(users.find('bob')).toBeDefined();
  });

  it('tells of no change when it says the same', async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, line('ada'));
    const users = await open(path);
    changes = 0;
    await writeFile(path, `# a comment\n${line('ada')}`);
    await users.reload();
    expect(changes).toBe(0);
  });
});
