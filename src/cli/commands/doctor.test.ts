import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { freePort } from '../../../test/support/ports.ts';
import type { DiagnosedSettings, ReadConfiguration } from '../cli-host.ts';

let folder: string;
let settings: DiagnosedSettings;

beforeEach(async () => {
  folder = temporaryFolder('doctor');
  settings = { data: folder, address: `127.0.0.1:${await freePort()}` };
});

afterEach(() => removeFolder(folder));

interface World {
  readonly configuration?: ReadConfiguration;
  readonly holder?: string;
}

function doctor(args: readonly string[], { configuration, holder }: World = {}): Promise<CliResult> {
  const diagnosis = {
    configuration: async () => configuration ?? { problems: [], warnings: [], settings },
    holderOf: async () => holder,
    htpasswd: (text: string) => ({ users: text.split('\n').length - 1, problems: [] }),
    database: async () => undefined,
  };
  return runHavre(['doctor', ...args], { host: { diagnosis, now: () => new Date() } });
}

describe('havre doctor', () => {
  it('says that all is well, and ends with 0', async () => {
    const { exitCode, stdout } = await doctor([]);
    expect(stdout).toContain(`ok    data folder    ${folder} can be written; nobody works with it now.\n`);
    expect(stdout).toContain(`${settings.address} is free.`);
    // A disk that is nearly full is nobody's mistake here.
    if (stdout.includes('warn')) expect(stdout).toContain('It works, with ');
    else expect(stdout).toEndWith('\nAll is well.\n');
    expect(exitCode).toBe(0);
  });

  it('says what is wrong and what to do, and ends with 1', async () => {
    const program = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') });
    settings = { ...settings, address: `127.0.0.1:${program.port}` };
    const { exitCode, stdout } = await doctor([]);
    await program.stop(true);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`FAIL  port           Another program listens on ${settings.address}.\n`);
    expect(stdout).toContain('-> Stop it, or choose another port: HAVRE_HTTP_ADDRESS.\n');
    expect(stdout).toContain('1 thing to put right');
  });

  it('is JSON for programs', async () => {
    const { exitCode, stdout } = await doctor(['--json'], {
      configuration: { problems: ['HAVRE_DTA is not a setting.'], warnings: [] },
    });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      findings: [{ about: 'configuration', level: 'fail', message: 'HAVRE_DTA is not a setting.' }, { about: 'clock' }],
    });
  });

  it('knows the running server by what it answers', async () => {
    const headers = { 'Docker-Distribution-API-Version': 'registry/2.0' };
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => new Response('', { status: 401, headers }),
    });
    const address = `127.0.0.1:${server.port}`;
    settings = { ...settings, address, publicUrl: `http://${address}` };
    const { stdout } = await doctor([], { holder: 'process 7 on host' });
    await server.stop(true);
    expect(stdout).toContain('in use by process 7 on host');
    expect(stdout).toContain(`The registry answers on ${address}.`);
    expect(stdout).toContain(`http://${address} answers.`);
  });

  it('reads certificates and htpasswd files', async () => {
    const path = join(folder, 'htpasswd');
    writeFileSync(path, 'bob:x\n');
    settings = { ...settings, htpasswdPath: path, certificate: join(folder, 'no.crt'), key: join(folder, 'no.key') };
    const { exitCode, stdout } = await doctor([]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${path} has 1 user.`);
    expect(stdout).toContain('no.crt cannot be read: ENOENT');
  });

  it('does not mind a folder that is not there yet', async () => {
    settings = { ...settings, data: join(folder, 'a/b/c') };
    const { exitCode, stdout } = await doctor([]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('is not there yet; the first start makes it.');
  });
});
