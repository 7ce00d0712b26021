import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { chmodSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { findLogin, LoginFileError } from './login-file.ts';
import { askLoginProgram, LoginProgramError } from './login-program.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('logins');
});
afterAll(() => removeFolder(folder));

const BOB = Buffer.from('bob:se:cret').toString('base64');
const EVE = Buffer.from('eve:other').toString('base64');

async function grantIn(file: unknown, registry: string, repository = 'team/app'): Promise<unknown> {
  const path = join(folder, 'config.json');
  writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file));
  return (
    await findLogin(
      { files: [join(folder, 'absent.json'), path], searchPath: folder },
      registry,
      parseRepositoryName(repository),
    )
  )?.grant;
}

const password = (username: string, secret: string): object => ({ grant_type: 'password', username, password: secret });

describe('a login', () => {
  it('is found in the file of docker login, however the host is written there', async () => {
    for (const key of ['ghcr.io', 'https://ghcr.io', 'https://ghcr.io/v2/']) {
      expect(await grantIn({ auths: { [key]: { auth: BOB } } }, 'ghcr.io')).toEqual(password('bob', 'se:cret'));
    }
    for (const key of ['https://index.docker.io/v1/', 'docker.io', 'registry-1.docker.io']) {
      expect(await grantIn({ auths: { [key]: { auth: BOB } } }, 'docker.io')).toEqual(password('bob', 'se:cret'));
    }
  });

  it('is that of the longest name, where podman keeps several', async () => {
    const file = { auths: { 'quay.io': { auth: BOB }, 'quay.io/team': { auth: EVE } } };
    expect(await grantIn(file, 'quay.io')).toEqual(password('eve', 'other'));
    expect(await grantIn(file, 'quay.io', 'teams/app')).toEqual(password('bob', 'se:cret'));
  });

  it('may be an identity token', async () => {
    const file = { auths: { 'x.azurecr.io': { auth: BOB, identitytoken: 'refresh' } } };
    expect(await grantIn(file, 'x.azurecr.io')).toEqual({ grant_type: 'refresh_token', refresh_token: 'refresh' });
  });

  it('is nobody’s where there is none', async () => {
    expect(await grantIn({ auths: { 'ghcr.io': {} } }, 'ghcr.io')).toBeUndefined();
    expect(await grantIn({}, 'ghcr.io')).toBeUndefined();
    expect(await grantIn({ auths: { 'ghcr.io': { auth: BOB } } }, 'ghcr.io:444')).toBeUndefined();
  });

  it('cannot be read from a file that is not JSON, which is named', async () => {
    const asked = grantIn('{"auths":', 'ghcr.io');
    expect(asked).rejects.toThrow('config.json is not JSON');
    expect(asked).rejects.toThrow(LoginFileError);
  });

  it('is not printed by chance', async () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { 'ghcr.io': { auth: BOB } } }));
    const login = await findLogin({ files: [join(folder, 'config.json')] }, 'ghcr.io', parseRepositoryName('a'));
    expect([String(login), JSON.stringify({ login }), inspect(login)].join()).not.toContain('cret');
  });
});

describe('a program that keeps logins', () => {
  beforeAll(() => {
    const script = [
      '#!/bin/sh',
      'read -r server || true',
      'case "$server" in',
      '  ghcr.io) echo \'{"ServerURL":"ghcr.io","Username":"bob","Secret":"kept"}\' ;;',
      '  token.io) echo \'{"Username":"<token>","Secret":"refresh"}\' ;;',
      '  broken.io) echo "a secret came out"; exit 1 ;;',
      '  *) echo "credentials not found in native keychain"; exit 1 ;;',
      'esac',
    ];
    writeFileSync(join(folder, 'docker-credential-test'), `${script.join('\n')}\n`);
    chmodSync(join(folder, 'docker-credential-test'), 0o755);
  });

  it('is asked where docker’s file names it, for one registry or for all', async () => {
    expect(await grantIn({ credHelpers: { 'ghcr.io': 'test' } }, 'ghcr.io')).toEqual(password('bob', 'kept'));
    expect(await grantIn({ credsStore: 'test', auths: { 'token.io': {} } }, 'token.io')).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh',
    });
    expect(await grantIn({ credsStore: 'test' }, 'elsewhere.io')).toBeUndefined();
  });

  it('that fails is named, and what it printed is not shown', async () => {
    const error: unknown = await askLoginProgram('test', 'broken.io', folder).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LoginProgramError);
    expect(String(error)).not.toContain('a secret');
    expect(askLoginProgram('absent', 'ghcr.io')).rejects.toThrow('docker-credential-absent');
    expect(askLoginProgram('../evil', 'ghcr.io')).rejects.toThrow('no usable name');
  });
});
