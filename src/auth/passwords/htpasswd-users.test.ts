import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folders.ts';
import { openTestAuth, type TestAuth } from '../../../test/support/auth.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';

/** As `htpasswd -Bbn testuser password` printed it. */
const LINE = 'testuser:$2y$05$LPgVLgm66ZI/oen9kE.08e.NRnzqLFCgsyGWRh1hpnlJp2DTyBmWG\n';

let folder: string;
let path: string;
let auth: TestAuth;

beforeEach(async () => {
  folder = temporaryFolder('htpasswd');
  path = join(folder, 'htpasswd');
  await writeFile(path, LINE);
  auth = await openTestAuth({ htpasswd: { path } });
});

afterEach(async () => {
  await auth.dispose();
  await rm(folder, { recursive: true });
});

async function expectRefused(username: string, password: string): Promise<void> {
  const outcome = await auth.login(username, password).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(CredentialsRefusedError);
}

describe('a user of the htpasswd file', () => {
  it('may pull, push and delete everywhere, and governs nothing', async () => {
    const identity = await auth.login('testuser', 'password');
    expect(identity.principal).toEqual({ kind: 'user', id: 'htpasswd:testuser', name: 'testuser' });
    expect(identity.isAdministrator).toBe(false);
    for (const action of ['pull', 'push', 'delete'] as const) expect(identity.allows(action, 'any/app')).toBe(true);
    expect(identity.allows('admin', 'any/app')).toBe(false);
    await expectRefused('testuser', 'passwore');
  });

  it('governs the registry when admin of everything is granted to the name', async () => {
    await auth.grants.add('htpasswd:testuser', { pattern: 'team/**', actions: ['admin'] });
    expect((await auth.login('testuser', 'password')).isAdministrator).toBe(false);
    await auth.grants.add('htpasswd:testuser', { pattern: '**', actions: ['admin'] });
    expect((await auth.login('testuser', 'password')).isAdministrator).toBe(true);
  });

  it('may do only what is granted, where the file gives nothing by itself', async () => {
    auth = await auth.reopen({ htpasswd: { path, actions: [] } });
    expect((await auth.login('testuser', 'password')).allows('pull', 'team/app')).toBe(false);
    await auth.grants.add('htpasswd:testuser', { pattern: 'team/**', actions: ['pull'] });
    expect((await auth.login('testuser', 'password')).allows('pull', 'team/app')).toBe(true);
  });

  it('is gone when the line is, remembered or not', async () => {
    await auth.login('testuser', 'password');
    await writeFile(path, '# nobody\n');
    await eventually('the user is refused', () => expectRefused('testuser', 'password'));
  });

  it('is gone at once on reload', async () => {
    await auth.login('testuser', 'password');
    await writeFile(path, '');
    await auth.reload();
    await expectRefused('testuser', 'password');
  });

  it('steps back behind a user of ours of the same name, and that is told', async () => {
    await auth.login('testuser', 'password');
    await auth.users.create({ name: 'testuser', password: 'another password' });
    await expectRefused('testuser', 'password');
    expect((await auth.login('testuser', 'another password')).principal.id).toStartWith('user:');
    expect(auth.warnings).toEqual(['the user "testuser" is also in the htpasswd file; the password there is not used']);
    await auth.users.remove('testuser');
    expect((await auth.login('testuser', 'password')).principal.id).toBe('htpasswd:testuser');
  });

  it('loses its bearer tokens with its password', async () => {
    const query = new URLSearchParams({ scope: 'repository:team/app:pull' });
    const authorization = `Basic ${btoa('testuser:password')}`;
    const { body } = await auth.tokenService.get(query, authorization, '192.0.2.1');
    const token = 'token' in body ? body.token : '';
    expect((await auth.identify(`Bearer ${token}`)).allows('pull', 'team/app')).toBe(true);
    await writeFile(path, LINE.replace('LPgV', 'aaaa'));
    await auth.reload();
    const outcome = await auth.identify(`Bearer ${token}`).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(CredentialsRefusedError);
  });

  it('does not lose its name to the administrator that is made at the first start', async () => {
    await writeFile(path, LINE.replace('testuser', 'admin'));
    await auth.reload();
    const made = await auth.ensureAdministrator({});
    expect(made?.username).toBe('administrator');
    expect((await auth.login('admin', 'password')).principal.id).toBe('htpasswd:admin');
  });

  it('cannot own tokens, because the name may come again', async () => {
    expect(auth.tokens.create({ name: 'laptop', owner: 'testuser' })).rejects.toThrow(
      'Users of an htpasswd file cannot',
    );
  });
});
