import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateNameInvalidError, parseCertificateNames } from './certificate-names.ts';
import { AuthorityUnusableError, CertificateExistsError, writeLocalCertificates } from './local-certificates.ts';
import { openListener } from './listener.ts';

const NAMES = ['localhost', 'registry.lan', '*.hub.lan', '127.0.0.1', '::1'];
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'havre-'));
});
afterAll(() => rmSync(root, { recursive: true }));

function newFolder(): string {
  return mkdtempSync(join(root, 'tls-'));
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function run(...command: string[]): { readonly code: number; readonly text: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { stdin: 'ignore' });
  return { code: exitCode, text: stdout.toString() + stderr.toString() };
}

describe('names of a certificate', () => {
  it('are host names, wildcards, and addresses, each once', () => {
    const names = parseCertificateNames([
      'Registry.LAN',
      'registry.lan',
      '*.lan',
      '192.0.2.1',
      '[2001:DB8::1]',
      '::ffff:192.0.2.1',
    ]);
    expect(names.map(({ kind, text }) => `${kind}:${text}`)).toEqual([
      'dns:registry.lan',
      'dns:*.lan',
      'ip:192.0.2.1',
      'ip:2001:db8::1',
    ]);
  });

  for (const [text, why] of [
    ['registry.lan:5000', 'leave out the port'],
    ['https://registry.lan', 'it is a URL'],
    ['10.0.0.0/8', 'it is a URL or a network'],
    ['a b', 'not a host name'],
    ['a.*.lan', 'not a host name'],
    ['', 'not a host name'],
  ] as const) {
    it(`"${text}" is refused: ${why}`, () => {
      expect(() => parseCertificateNames([text])).toThrow(CertificateNameInvalidError);
      expect(() => parseCertificateNames([text])).toThrow(why);
    });
  }

  it('must be at least one', () => expect(() => parseCertificateNames([])).toThrow('at least one'));
});

describe('local certificates', () => {
  it('are an authority of ten years and a server certificate of 825 days', async () => {
    const now = new Date();
    const made = await writeLocalCertificates({ folder: newFolder(), names: NAMES, now });
    const days = (until: Date): number => (until.getTime() - now.getTime()) / 86_400_000;
    expect(made.isNewAuthority).toBe(true);
    expect(made.authority).toMatchObject({ isAuthority: true, isSelfSigned: true });
    expect(days(made.authority.notAfter)).toBeCloseTo(3_650, 0);
    expect(made.server).toMatchObject({ isAuthority: false, subject: 'CN=localhost', issuer: made.authority.subject });
    expect(days(made.server.notAfter)).toBeLessThanOrEqual(825);
    expect(made.server.names).toEqual(['localhost', 'registry.lan', '*.hub.lan', '127.0.0.1', '0:0:0:0:0:0:0:1']);

    const server = new X509Certificate(readFileSync(made.certificatePath));
    const authority = new X509Certificate(readFileSync(made.authorityPath));
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIssued(authority)).toBe(true);
  });

  it('are good for no longer than their authority', async () => {
    const folder = newFolder();
    const now = new Date();
    const nearlyTenYearsAgo = new Date(now.getTime() - 3_600 * 86_400_000);
    await writeLocalCertificates({ folder, names: NAMES, now: nearlyTenYearsAgo });
    const made = await writeLocalCertificates({ folder, names: NAMES, now, replace: true });
    expect(made.server.notAfter).toEqual(made.authority.notAfter);
  });

  it('keep their keys to their owner', async () => {
    const folder = newFolder();
    await writeLocalCertificates({ folder, names: NAMES, now: new Date() });
    for (const name of ['ca.key', 'server.key']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('are never overwritten unasked, and the authority never at all', async () => {
    const folder = newFolder();
    const first = await writeLocalCertificates({ folder, names: ['a.lan'], now: new Date() });
    const again = { folder, names: ['b.lan'], now: new Date() };
    expect(await failure(writeLocalCertificates(again))).toBeInstanceOf(CertificateExistsError);

    const second = await writeLocalCertificates({ ...again, replace: true });
    expect(second.isNewAuthority).toBe(false);
    expect(second.authority.fingerprint).toBe(first.authority.fingerprint);
    expect(second.server.names).toEqual(['b.lan']);
  });

  it('are refused from half an authority, from one that expired, and from what is none', async () => {
    const half = newFolder();
    writeFileSync(join(half, 'ca.key'), 'something');
    expect(await failure(writeLocalCertificates({ folder: half, names: ['a.lan'], now: new Date() }))).toBeInstanceOf(
      AuthorityUnusableError,
    );
    expect(readFileSync(join(half, 'ca.key'), 'utf8')).toBe('something');

    const old = newFolder();
    await writeLocalCertificates({ folder: old, names: ['a.lan'], now: new Date('2010-01-01') });
    const late = { folder: old, names: ['a.lan'], now: new Date(), replace: true };
    expect(String(await failure(writeLocalCertificates(late)))).toContain('expired on');

    const wrong = newFolder();
    const made = await writeLocalCertificates({ folder: newFolder(), names: ['a.lan'], now: new Date() });
    writeFileSync(join(wrong, 'ca.crt'), readFileSync(made.certificatePath));
    writeFileSync(join(wrong, 'ca.key'), readFileSync(made.keyPath));
    expect(
      String(await failure(writeLocalCertificates({ folder: wrong, names: ['a.lan'], now: new Date() }))),
    ).toContain('no authority');
  });
});

describe.skipIf(Bun.which('openssl') === null || Bun.which('curl') === null)(
  'what other programs say of local certificates',
  () => {
    it('openssl verifies the chain, its purpose and its names', async () => {
      const { authorityPath, certificatePath } = await writeLocalCertificates({
        folder: newFolder(),
        names: NAMES,
        now: new Date(),
      });
      for (const name of [
        ['-verify_hostname', 'registry.lan'],
        ['-verify_hostname', 'a.hub.lan'],
        ['-verify_ip', '127.0.0.1'],
        ['-verify_ip', '::1'],
      ]) {
        const verified = run(
          'openssl',
          'verify',
          '-x509_strict',
          '-purpose',
          'sslserver',
          '-CAfile',
          authorityPath,
          ...name,
          certificatePath,
        );
        expect(verified).toEqual({ code: 0, text: `${certificatePath}: OK\n` });
      }
      expect(
        run('openssl', 'verify', '-CAfile', authorityPath, '-verify_hostname', 'other.lan', certificatePath).code,
      ).not.toBe(0);
    });

    it('curl connects with the authority, and not without', async () => {
      const { authorityPath, certificatePath, keyPath } = await writeLocalCertificates({
        folder: newFolder(),
        names: NAMES,
        now: new Date(),
      });
      const tls = { certificate: certificatePath, key: keyPath };
      const listener = await openListener({ address: '[::]:0', tls }, () => new Response('hello'));
      try {
        const ask = (host: string, ...options: string[]) =>
          Bun.spawn(['curl', '-sS', ...options, `https://${host}:${listener.port}/`], {
            stdout: 'pipe',
            stderr: 'pipe',
          });
        for (const host of ['localhost', '127.0.0.1', '[::1]']) {
          expect(await new Response(ask(host, '--cacert', authorityPath).stdout).text()).toBe('hello');
        }
        const toRegistry = ['--cacert', authorityPath, '--resolve', `registry.lan:${listener.port}:127.0.0.1`];
        expect(await new Response(ask('registry.lan', ...toRegistry).stdout).text()).toBe('hello');
        expect(await ask('localhost').exited).toBe(60);
      } finally {
        await listener.stop(0);
      }
    });
  },
);
