import { expect, it } from 'bun:test';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { askAdmin, openInstallation, type Installation } from '../../test/support/admin.ts';

/** Reads a list two at a time. */
async function pages(
  installation: Installation,
  path: string,
  nameOf: (item: Readonly<Record<string, string>>) => string,
): Promise<string[][]> {
  const found: string[][] = [];
  let after = '';
  for (;;) {
    const { status, document } = await askAdmin(installation, 'GET', `${path}?limit=2${after}`);
    expect(status).toBe(200);
    const [items] = Object.values(document).filter(Array.isArray);
    found.push(((items ?? []) as Readonly<Record<string, string>>[]).map(nameOf));
    if (document['next'] === null) return found;
    after = `&after=${encodeURIComponent(document['next'] as string)}`;
  }
}

it('users of both kinds, tokens of one name and grants come page by page, each once', async () => {
  const folder = temporaryFolder('lists');
  const htpasswdPath = join(folder, 'htpasswd');
  const hash = await Bun.password.hash('a long enough password', { algorithm: 'bcrypt', cost: 4 });
  const line = (name: string): string => `${name}:${hash}\n`;
  await Bun.write(htpasswdPath, [line('bob'), line('dan'), line('ada')].join(''));
  const installation = await openInstallation({ htpasswdPath });
  try {
    const { users, tokens, grants } = installation.auth;
    for (const name of ['ada', 'carl', 'eve']) await users.create({ name, password: 'a long enough password' });
    expect(await pages(installation, '/users', ({ name = '' }) => name)).toEqual([
      ['ada', 'bob'],
      ['carl', 'dan'],
      ['eve'],
    ]);
    for (const name of ['ci', 'ci', 'ci', 'deploy']) {
      await tokens.create({ name, owner: 'ada' });
      if (name === 'ci') await tokens.revoke(name);
    }
    const listed = await pages(installation, '/tokens', ({ name, user }) => `${name ?? ''} ${user ?? ''}`);
    expect(listed).toEqual([
      ['ci ada', 'ci ada'],
      ['ci ada', 'deploy ada'],
    ]);
    for (const pattern of ['a', 'b', 'c']) await grants.add('ada', { pattern, actions: ['pull'] });
    expect(await pages(installation, '/grants', ({ pattern = '' }) => pattern)).toEqual([['a', 'b'], ['c']]);
  } finally {
    await installation.close();
    removeFolder(folder);
  }
});

it('a page that begins nowhere is refused', async () => {
  const installation = await openInstallation();
  try {
    expect((await askAdmin(installation, 'GET', '/grants?after=x')).status).toBe(400);
    expect((await askAdmin(installation, 'GET', '/audit?after=x')).status).toBe(400);
    expect((await askAdmin(installation, 'GET', '/users?limit=0')).status).toBe(400);
  } finally {
    await installation.close();
  }
});
