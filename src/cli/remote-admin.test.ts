import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInstallation, type Installation } from '../../test/support/admin.ts';
import { runHavre, type CliOptions, type CliResult } from '../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { problemResponse } from '../api/problem.ts';
import { isExposed } from './remote-admin.ts';

const PASSWORD = 'pass word 12';

let installation: Installation;
let server: Bun.Server<undefined>;
let url: string;

/** The admin API on a port, for whoever shows a password. */
beforeEach(async () => {
  installation = await openInstallation();
  await installation.auth.users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      try {
        const authorization = request.headers.get('authorization');
        const identity = await installation.auth.authenticator.identify(authorization, { source: '192.0.2.1' });
        return await installation.api(request, identity);
      } catch (error) {
        return problemResponse(error, 'Basic realm="Havre"');
      }
    },
  });
  url = `http://127.0.0.1:${server.port}`;
});

afterEach(async () => {
  await server.stop(true);
  await installation.close();
});

function havre(line: string, options: CliOptions = {}): Promise<CliResult> {
  return runHavre(line.split(' '), options);
}

describe('a server somewhere else', () => {
  it('is governed with a password from stdin, of which the first line is that of the login', async () => {
    const { exitCode, stdout } = await havre(
      `user add bob --password-stdin --server ${url} --login root --login-password-stdin`,
      { stdin: `${PASSWORD}\npassword of bob\n` },
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Added bob.\n' });
    expect(await installation.auth.users.list()).toHaveLength(2);
  });

  it('is governed with a password that is typed', async () => {
    const { exitCode, stderr } = await havre(`user list --server ${url} --login root`, {
      stdin: `${PASSWORD}\r`,
      isTerminal: true,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toBe(`Password of root at ${url}: \n`);
  });

  it('is governed with a token from a file', async () => {
    const folder = temporaryFolder('login');
    const file = join(folder, 'token');
    const { secret } = await installation.auth.tokens.create({ name: 'remote', owner: 'root' });
    writeFileSync(file, `${secret}\n`);
    const { exitCode, stdout } = await havre(`token list --json --server ${url} --login-password-file ${file}`);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'remote' }]);
    removeFolder(folder);
  });

  it('is governed as the host is set up to', async () => {
    const host = { remote: { server: url, name: 'root', password: PASSWORD } };
    expect((await havre('user list --json', { host })).exitCode).toBe(0);
    const elsewhere = await havre('user list --data /srv/havre', { host, installation });
    expect(elsewhere.overrides).toEqual([{ data: '/srv/havre' }]);
  });

  it('collects its garbage, and reports here', async () => {
    const { exitCode, stdout } = await havre(`garbage-collect --server ${url} --login root --login-password-stdin`, {
      stdin: PASSWORD,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toStartWith('Removed 0 manifests, 0 blobs.');
  });

  it('refuses a wrong password', async () => {
    const { exitCode, stderr } = await havre(`user list --server ${url} --login root --login-password-stdin`, {
      stdin: 'wrong password',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toBe('havre: The server does not accept this name and password.\n');
  });

  it('asks for a password again after a wrong one, as a browser expects', async () => {
    const headers = { Authorization: `Basic ${Buffer.from('root:wrong').toString('base64')}` };
    const response = await fetch(`${url}/api/v1/users`, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="Havre"');
  });

  it('refuses whoever is no administrator', async () => {
    await installation.auth.users.create({ name: 'bob', password: PASSWORD });
    const { exitCode, stderr } = await havre(`user list --server ${url} --login bob --login-password-stdin --json`, {
      stdin: PASSWORD,
    });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'DENIED' } });
  });
});

describe('a server that is not there', () => {
  it('ends with 3', async () => {
    await server.stop(true);
    const { exitCode, stderr } = await havre(`user list --server ${url} --login-password-stdin`, { stdin: PASSWORD });
    expect(exitCode).toBe(3);
    expect(stderr).toBe(`havre: ${url} cannot be reached: nothing listens there. Is the server running?\n`);
  });

  it('is told from one that is no Havre', async () => {
    const other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('<html>', { status: 404 }) });
    const { exitCode, stderr } = await havre(
      `user list --server http://127.0.0.1:${other.port} --login-password-stdin`,
      { stdin: PASSWORD },
    );
    await other.stop(true);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is no Havre: it says 404');
  });

  it('gets no password by a redirect', async () => {
    const asked: (string | null)[] = [];
    const other = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: (request) => {
        asked.push(new URL(request.url).pathname);
        return Response.redirect(`${url}/api/v1/users`, 307);
      },
    });
    const { exitCode, stderr } = await havre(
      `user list --server http://127.0.0.1:${other.port} --login root --login-password-stdin`,
      { stdin: PASSWORD },
    );
    await other.stop(true);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('redirects to');
    expect(asked).toEqual(['/api/v1/users']);
  });
});

describe('which server', () => {
  const wrong = [
    ['no URL', '--server registry.example.org', 'must be a URL'],
    ['another protocol', '--server ftp://registry.example.org', 'must be a URL'],
    ['a path', '--server https://registry.example.org/api', 'nothing may follow'],
    ['a password in it', '--server https://root:x@registry.example.org', 'no password belongs into a URL'],
    ['a folder here as well', '--server https://registry.example.org --data /srv', 'say one of them'],
    ['a login without a server', '--login root', 'name it with --server'],
    ['no way to learn the password', '--server https://registry.example.org', 'is missing'],
  ] as const;
  for (const [what, options, message] of wrong) {
    it(`cannot be said with ${what}`, async () => {
      const { exitCode, stderr } = await havre(`user list ${options}`);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(message);
    });
  }

  it('is warned of where the password could be read on the way', () => {
    expect(isExposed('http://registry.lan:5000')).toBe(true);
    const hidden = ['https://registry.lan', 'http://localhost:5000', 'http://127.0.0.1:5000', 'http://[::1]:5000'];
    expect(hidden.map(isExposed)).toEqual([false, false, false, false]);
  });
});
