import { describe, expect, it } from 'bun:test';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { CliError } from '../cli-error.ts';
import type { MadeCertificates, WantedCertificates } from '../cli-host.ts';

const MADE: MadeCertificates = {
  authorityCertificate: '/certs/ca.crt',
  certificate: '/certs/server.crt',
  key: '/certs/server.key',
  isNewAuthority: true,
  expiresAt: new Date('2029-02-22T20:24:00Z'),
};

async function tlsInit(args: readonly string[]): Promise<CliResult & { readonly wanted: unknown }> {
  const asked: WantedCertificates[] = [];
  const makeCertificates = async (wanted: WantedCertificates): Promise<MadeCertificates> => {
    asked.push(wanted);
    if (wanted.names.includes('http://x')) throw new CliError('"http://x" cannot be in a certificate.');
    return MADE;
  };
  return { ...(await runHavre(['tls', 'init', ...args], { host: { makeCertificates } })), wanted: asked[0] };
}

describe('havre tls init', () => {
  it('says what it made, and what to copy where', async () => {
    const { exitCode, stdout, wanted } = await tlsInit(['--out', '/certs', 'registry.lan', '192.0.2.7']);
    expect(exitCode).toBe(0);
    expect(wanted).toEqual({ folder: '/certs', names: ['registry.lan', '192.0.2.7'] });
    expect(stdout).toContain('Made a certificate authority:\n  /certs/ca.crt\n');
    expect(stdout).toContain('for registry.lan, 192.0.2.7, good until 2029-02-22 20:24 UTC:\n  /certs/server.crt\n');
    expect(stdout).toContain('/etc/docker/certs.d/registry.lan:5000/ca.crt');
  });

  it('names the port where the registry will be', async () => {
    const { stdout } = await tlsInit(['--port', '443', 'registry.lan']);
    expect(stdout).toContain('/etc/docker/certs.d/registry.lan/ca.crt');
  });

  it('is JSON for programs', async () => {
    expect(JSON.parse((await tlsInit(['registry.lan', '--json'])).stdout)).toEqual({
      ...MADE,
      expiresAt: '2029-02-22T20:24:00.000Z',
      names: ['registry.lan'],
    });
  });

  it('needs a name, and one that a certificate can have', async () => {
    expect((await tlsInit([])).exitCode).toBe(2);
    expect(await tlsInit(['http://x'])).toMatchObject({
      exitCode: 1,
      stderr: 'havre: "http://x" cannot be in a certificate.\n',
    });
  });
});
