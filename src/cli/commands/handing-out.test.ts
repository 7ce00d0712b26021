import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { connectionOf, handedConnections, type HandedConnections } from '../../../test/support/handed-connections.ts';
import { handingApi, serveHandingApi } from '../../../test/support/handing-api.ts';
import { ProviderError } from '../../providers/provider-error.ts';

const HUB = connectionOf({ id: 'reg-hub', url: 'docker.io', kind: 'docker-hub' });
const HARBOR = connectionOf({ id: 'reg-harbor', url: 'harbor.lan:8443', kind: 'harbor', username: 'robot$ci' });
const REFUSED = connectionOf({ id: 'reg-refused', url: 'refused.example.org' });

let folder: string;
let connections: HandedConnections;

beforeEach(() => {
  folder = temporaryFolder('handing-out');
  connections = handedConnections([HUB, HARBOR]);
});
afterEach(() => removeFolder(folder));

function havre(...line: readonly string[]): Promise<CliResult> {
  const api = handingApi(connections);
  return runHavre(line, {
    host: {
      loginFile: join(folder, 'havre/login.json'),
      localAdmin: async () => ({ send: api, close: async () => {} }),
    },
  });
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('havre docker-config', () => {
  it('prints what docker reads', async () => {
    const { exitCode, stdout } = await havre('docker-config');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      auths: {
        'https://index.docker.io/v1/': auth('bob', 'secret-of-hub'),
        'harbor.lan:8443': auth('robot$ci', 'secret-of-harbor'),
      },
    });
  });

  it('is of the registries that are named, by id, name or host', async () => {
    for (const [named, key] of [
      ['reg-hub', 'https://index.docker.io/v1/'],
      ['harbor', 'harbor.lan:8443'],
      ['harbor.lan:8443', 'harbor.lan:8443'],
    ] as const) {
      expect(Object.keys(JSON.parse((await havre('docker-config', '--registry', named)).stdout).auths)).toEqual([key]);
    }
    const unknown = await havre('docker-config', '--registry', 'none');
    expect([unknown.exitCode, unknown.stdout]).toEqual([1, '']);
    expect(unknown.stderr).toContain('There is no registry none');
  });

  it('is written for its owner alone, and over nothing', async () => {
    const file = join(folder, 'new/config.json');
    const { stdout } = await havre('docker-config', '--write', file);
    expect(stdout).not.toContain('secret-of');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readJson(file)).toHaveProperty(['auths', 'harbor.lan:8443', 'password'], 'secret-of-harbor');
    const again = await havre('docker-config', '--write', file);
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('--merge')]);
    expect((await havre('docker-config', '--merge')).exitCode).toBe(2);
    expect(readdirSync(join(folder, 'new'))).toEqual(['config.json']);
  });

  it('loses nothing of a file that it adds to, and follows a link to it', async () => {
    const existing = {
      auths: { 'ghcr.io': { auth: 'b2xk' }, 'harbor.lan:8443': { auth: 'b2xk', email: 'x@y' } },
      credHelpers: { 'gcr.io': 'gcloud' },
      HttpHeaders: { 'User-Agent': 'x' },
      detachKeys: 'ctrl-e,e',
      plugins: { a: { b: 'c' } },
    };
    const real = join(folder, 'dotfiles.json');
    writeFileSync(real, JSON.stringify(existing), { mode: 0o644 });
    const file = join(folder, 'config.json');
    symlinkSync(real, file);
    expect((await havre('docker-config', '--registry', 'harbor', '--write', file, '--merge')).exitCode).toBe(0);
    expect(readJson(real)).toEqual({
      ...existing,
      auths: { ...existing.auths, 'harbor.lan:8443': auth('robot$ci', 'secret-of-harbor') },
    });
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o600);
  });

  it('says what in the file is stronger', async () => {
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ credsStore: 'desktop', credHelpers: { 'harbor.lan:8443': 'old' } }));
    const { stderr } = await havre('docker-config', '--write', file, '--merge');
    expect(stderr).toContain('docker-credential-old for harbor.lan:8443');
    expect(stderr).toContain('credsStore is desktop');
  });

  it('leaves alone what is no configuration of docker', async () => {
    const file = join(folder, 'config.json');
    for (const text of ['{"auths":', '[]', '{"auths":[]}', '"x"']) {
      writeFileSync(file, text);
      expect((await havre('docker-config', '--write', file, '--merge')).exitCode).toBe(1);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
    expect(connections.handed).toEqual([]);
  });

  it('goes on without a registry that gives nothing, and fails in the end', async () => {
    connections = handedConnections([HUB, REFUSED], { 'reg-refused': new ProviderError('refused', 'Nobody listens.') });
    const { exitCode, stdout, stderr } = await havre('docker-config');
    expect(exitCode).toBe(1);
    expect(Object.keys(JSON.parse(stdout).auths)).toEqual(['https://index.docker.io/v1/']);
    expect(stderr).toContain('Left out: refused: Nobody listens.');
  });

  it('names the helper, and hands nothing out', async () => {
    const { stdout } = await havre('docker-config', '--helper');
    expect(JSON.parse(stdout)).toEqual({
      credHelpers: { 'https://index.docker.io/v1/': 'havre', 'docker.io': 'havre', 'harbor.lan:8443': 'havre' },
    });
    expect(connections.handed).toEqual([]);
  });

  it('says which of several the helper gives, and how to choose', async () => {
    const usableSince = new Date('2026-11-01T00:00:00Z');
    const later = connectionOf({ id: 'reg-later', name: 'a', project: 'others', url: 'docker.io', usableSince });
    connections = handedConnections([HUB, later]);
    const first = await havre('docker-config', '--helper');
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toContain(
      'At docker.io, clients log in by hub of project team, not by a of project others: --project says whose is meant.',
    );
    const chosen = await havre('docker-config', '--helper', '--project', 'others');
    expect(chosen.stderr).not.toContain('clients log in by');
    expect(chosen.stderr).toContain('HAVRE_REMOTE_PROJECT=others');
    const file = await havre('docker-config');
    expect([file.exitCode, Object.keys(JSON.parse(file.stdout).auths)]).toEqual([1, ['https://index.docker.io/v1/']]);
    expect(file.stderr).toContain('Left out: a: hub of project team was there first');
  });

  it('is of the project that the environment says', async () => {
    const other = connectionOf({ id: 'reg-other', name: 'other', project: 'others', url: 'docker.io' });
    connections = handedConnections([HUB, other]);
    const host = {
      project: 'others',
      localAdmin: async () => ({ send: handingApi(connections), close: async () => {} }),
    };
    const { stdout } = await runHavre(['docker-config'], { host });
    expect(JSON.parse(stdout).auths['https://index.docker.io/v1/']).toEqual(auth('bob', 'secret-of-other'));
    const { stderr } = await runHavre(['docker-config', '--helper'], { host });
    expect(stderr).toBe('');
    const said = await runHavre(['docker-config', '--project', 'team'], { host });
    expect(JSON.parse(said.stdout).auths['https://index.docker.io/v1/']).toEqual(auth('bob', 'secret-of-hub'));
  });

  it('takes no name for a host of somebody else', async () => {
    const named = connectionOf({ id: 'reg-evil', name: 'docker.io', project: 'others', url: 'evil.example.org' });
    connections = handedConnections([HUB, named]);
    const { exitCode, stderr } = await havre('docker-config', '--registry', 'docker.io');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('docker.io may be any of');
    expect(connections.handed).toEqual([]);
  });

  it('keeps the login for the helper, once it worked', async () => {
    using server = serveHandingApi(connections, 'laptop', 'token-of-laptop');
    const password = join(folder, 'password');
    const file = join(folder, 'havre/login.json');
    const url = `http://127.0.0.1:${server.port}`;
    const line = ['docker-config', '--helper', '--save-login', '--server', url, '--login', 'laptop'];
    writeFileSync(password, 'wrong\n');
    expect((await havre(...line, '--login-password-file', password)).exitCode).toBe(1);
    expect(readdirSync(folder)).toEqual(['password']);
    writeFileSync(password, 'token-of-laptop\n');
    const { exitCode, stdout, stderr } = await havre(...line, '--login-password-file', password);
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain('token-of-laptop');
    expect(readJson(file)).toEqual({ server: url, username: 'laptop', password: 'token-of-laptop' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await havre('docker-config', '--helper', '--save-login')).exitCode).toBe(2);
    expect((await havre('docker-config', '--save-login', '--server', url)).exitCode).toBe(2);
  });
});

describe('havre k8s secret', () => {
  it('prints what kubectl applies', async () => {
    const { stdout } = await havre('k8s', 'secret', 'hub', '--namespace', 'prod');
    const secret = Bun.YAML.parse(stdout);
    expect(secret).toMatchObject({
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      metadata: { name: 'registry-secret-reg-hub', namespace: 'prod' },
    });
    expect(JSON.parse((await havre('k8s', 'secret', 'hub', '-o', 'json', '--namespace', 'prod')).stdout)).toEqual(
      secret,
    );
    expect((await havre('k8s', 'secret', 'hub', '--namespace', 'Prod')).exitCode).toBe(2);
  });
});

describe('havre registries', () => {
  it('shows lines to log in, and gives the password to their stdin', async () => {
    const { stdout } = await havre('registries', 'login-lines', 'harbor', '--tool', 'docker');
    expect(stdout).toBe(
      "havre registries password reg-harbor | docker login harbor.lan:8443 --username 'robot$ci' --password-stdin\n",
    );
    expect(connections.handed).toEqual([]);
    expect((await havre('registries', 'password', 'harbor')).stdout).toBe('secret-of-harbor\n');
    expect(connections.handed).toMatchObject([{ id: 'reg-harbor', purpose: 'password' }]);
  });
});

function auth(username: string, password: string): object {
  return { username, password, auth: Buffer.from(`${username}:${password}`).toString('base64') };
}
