import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { connectionOf, handedConnections, type HandedConnections } from '../../../test/support/handed-connections.ts';
import { handingApi, serveHandingApi } from '../../../test/support/handing-api.ts';
import { run } from '../../../test/support/process.ts';
import { ProviderError } from '../../providers/provider-error.ts';
import { runCredentialHelper, type HelperConnection } from './credential-helper.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../bin/docker-credential-havre.js');
const NOT_FOUND = { text: 'credentials not found in native keychain', exitCode: 1 };

const HUB = connectionOf({ id: 'reg-hub', url: 'docker.io', kind: 'docker-hub' });
const LAN = connectionOf({ id: 'reg-lan', url: 'lan:5000', username: 'robot$ci' });
const DOWN = connectionOf({ id: 'reg-down', url: 'down.example.org' });

let connections: HandedConnections;

beforeEach(() => {
  const failing = new ProviderError('token-expired', 'The token of the registry has ended.');
  connections = handedConnections([HUB, LAN, DOWN], { 'reg-down': failing });
});

async function helper(verb: string, input: string, more: Partial<HelperConnection> = {}): Promise<unknown> {
  const connect = async (): Promise<HelperConnection> => ({ send: handingApi(connections), ...more });
  return await runCredentialHelper(verb, { version: '1.2.3', input: async () => input, connect });
}

describe('docker-credential-havre', () => {
  it('gives the login of a registry, as its client calls it', async () => {
    for (const server of ['https://index.docker.io/v1/', 'docker.io', 'lan:5000', 'https://lan:5000\n']) {
      const [username, secret] = server.includes('lan') ? ['robot$ci', 'secret-of-lan'] : ['bob', 'secret-of-hub'];
      const text = JSON.stringify({ ServerURL: server.trim(), Username: username, Secret: secret });
      expect(await helper('get', server)).toEqual({ text, exitCode: 0 });
    }
    expect(connections.handed[0]).toMatchObject({ id: 'reg-hub', purpose: 'docker-credential-havre' });
  });

  it('knows nothing of others, in the words that clients know', async () => {
    for (const server of ['ghcr.io', 'lan:5001', 'lan', 'docker.io.evil.org']) {
      expect(await helper('get', server)).toEqual(NOT_FOUND);
    }
  });

  it('says what is wrong with a registry, and does not pretend to know none', async () => {
    expect(await helper('get', 'down.example.org')).toEqual({
      text: 'Havre has no login for down just now: The token of the registry has ended.',
      exitCode: 1,
    });
  });

  it('logs in at Havre itself as it does to ask', async () => {
    const own = { host: 'havre.lan:5000', username: 'laptop', password: 'token' };
    const text = JSON.stringify({ ServerURL: 'https://havre.lan:5000', Username: 'laptop', Secret: 'token' });
    expect(await helper('get', 'https://havre.lan:5000', { own })).toEqual({ text, exitCode: 0 });
    expect(connections.handed).toEqual([]);
  });

  it('lists who logs in where, and hands nothing out', async () => {
    const { text } = (await helper('list', '')) as { text: string };
    expect(JSON.parse(text)).toEqual({
      'https://index.docker.io/v1/': 'bob',
      'lan:5000': 'robot$ci',
      'down.example.org': 'bob',
    });
    expect(connections.handed).toEqual([]);
  });

  it('keeps and forgets nothing, and says so', async () => {
    const login = '{"ServerURL":"lan:5000","Username":"bob","Secret":"x"}';
    for (const [verb, input] of [
      ['store', login],
      ['erase', 'lan:5000'],
    ] as const) {
      expect(await helper(verb, input)).toEqual({ text: expect.stringContaining('keeps no logins'), exitCode: 1 });
    }
  });

  it('does not know where Havre is until somebody says so', async () => {
    const host = { version: '1.2.3', input: async () => 'ghcr.io', connect: async () => undefined };
    expect(await runCredentialHelper('get', host)).toEqual({
      text: expect.stringContaining('--save-login'),
      exitCode: 1,
    });
    expect(await runCredentialHelper(undefined, host)).toMatchObject({ exitCode: 1 });
    expect(await runCredentialHelper('version', host)).toEqual({ text: 'docker-credential-havre 1.2.3', exitCode: 0 });
  });
});

describe('the program docker-credential-havre', () => {
  let folder: string;
  let server: Bun.Server<undefined>;

  beforeEach(() => {
    folder = temporaryFolder('helper');
    server = serveHandingApi(connections, 'laptop', 'token');
  });
  afterEach(async () => {
    await server.stop(true);
    removeFolder(folder);
  });

  const environment = (more: Record<string, string | undefined>): Record<string, string | undefined> => ({
    HOME: folder,
    XDG_CONFIG_HOME: undefined,
    HAVRE_DATA: undefined,
    ...more,
  });

  it('finds Havre by the file that was kept, or by the environment', async () => {
    const login = { server: `http://127.0.0.1:${server.port}`, username: 'laptop', password: 'token' };
    writeFileSync(join(folder, 'login.json'), JSON.stringify(login), { mode: 0o600 });
    for (const env of [
      { HAVRE_LOGIN_FILE: join(folder, 'login.json') },
      { HAVRE_REMOTE_SERVER: login.server, HAVRE_REMOTE_USERNAME: 'laptop', HAVRE_REMOTE_PASSWORD: 'token' },
    ]) {
      const answer = await run(['node', PROGRAM, 'get'], { input: 'lan:5000', env: environment(env) });
      expect(answer).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(answer.stdout)).toEqual({
        ServerURL: 'lan:5000',
        Username: 'robot$ci',
        Secret: 'secret-of-lan',
      });
    }
  });

  it('asks for the project that the environment or its file says', async () => {
    const other = connectionOf({ id: 'reg-other', name: 'other', project: 'others', url: 'lan:5000' });
    connections = handedConnections([LAN, other]);
    await server.stop(true);
    server = serveHandingApi(connections, 'laptop', 'token');
    const login = { server: `http://127.0.0.1:${server.port}`, username: 'laptop', password: 'token' };
    const secretOf = async (document: object, project: string | undefined): Promise<unknown> => {
      writeFileSync(join(folder, 'login.json'), JSON.stringify({ ...login, ...document }), { mode: 0o600 });
      const env = environment({ HAVRE_LOGIN_FILE: join(folder, 'login.json'), HAVRE_REMOTE_PROJECT: project });
      const { stdout } = await run(['node', PROGRAM, 'get'], { input: 'lan:5000', env });
      return JSON.parse(stdout).Secret;
    };
    expect(await secretOf({}, undefined)).toBe('secret-of-lan');
    expect(await secretOf({ project: 'others' }, undefined)).toBe('secret-of-other');
    expect(await secretOf({ project: 'team' }, 'others')).toBe('secret-of-other');
  });

  it('lets nothing in the working folder say where its password goes', async () => {
    writeFileSync(join(folder, '.env'), `HAVRE_REMOTE_SERVER=http://127.0.0.1:${server.port}\n`);
    writeFileSync(join(folder, 'havre.yaml'), `remote:\n  server: http://127.0.0.1:${server.port}\n`);
    const env = environment({ HAVRE_REMOTE_USERNAME: 'laptop', HAVRE_REMOTE_PASSWORD: 'token' });
    const answer = await run(['node', PROGRAM, 'get'], { input: 'lan:5000', env, folder });
    expect(answer).toMatchObject({ status: 1, stdout: expect.stringContaining('does not know where Havre is') });
    expect(connections.handed).toEqual([]);
  });

  it('says that its login is refused, without showing it', async () => {
    const env = {
      HAVRE_REMOTE_SERVER: server.url.origin,
      HAVRE_REMOTE_USERNAME: 'laptop',
      HAVRE_REMOTE_PASSWORD: 'wrong',
    };
    const answer = await run(['node', PROGRAM, 'get'], { input: 'lan:5000', env: environment(env) });
    expect(answer).toMatchObject({
      status: 1,
      stdout: 'Havre does not accept the login of docker-credential-havre.\n',
    });
  });
});
