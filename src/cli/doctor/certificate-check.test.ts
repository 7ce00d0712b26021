import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { writeLocalCertificates } from '../../http/local-certificates.ts';
import { checkCertificate, readTextFile, type CertificateFacts } from './certificate-check.ts';

const NOW = new Date('2026-11-20T10:00:00Z');

let folder: string;
let good: CertificateFacts;

beforeAll(async () => {
  folder = temporaryFolder('certificates');
  const names = ['registry.lan', '*.example.org', '192.0.2.7'];
  const made = await writeLocalCertificates({ folder, names, now: NOW });
  good = {
    certificatePath: made.certificatePath,
    keyPath: made.keyPath,
    certificate: { text: readFileSync(made.certificatePath, 'utf8') },
    key: { text: readFileSync(made.keyPath, 'utf8') },
  };
});

afterAll(() => removeFolder(folder));

function levels(facts: CertificateFacts, now = NOW): readonly string[] {
  return checkCertificate(facts, now).map(({ level, message }) => `${level}: ${message}`);
}

describe('a certificate', () => {
  it('is well when the key fits and the end is far', () => {
    expect(levels(good)).toEqual([
      'ok: The key fits the certificate.',
      expect.stringMatching(/^ok: It is good until /),
    ]);
  });

  it('is renewed in time', () => {
    const end = new Date(NOW.getTime() + 815 * 86_400_000);
    expect(levels(good, end)[1]).toMatch(/^warn: It is good until .*: \d+ more days\.$/);
    expect(levels(good, new Date('2040-01-01'))[1]).toMatch(/^fail: .* ended on /);
  });

  it('is not good yet where the clock is behind', () => {
    const [finding] = checkCertificate(good, new Date('1999-01-01')).slice(1);
    expect(finding).toMatchObject({ level: 'fail', advice: 'Is the clock of this machine right?' });
  });

  for (const publicHost of ['registry.lan', 'a.example.org', '192.0.2.7']) {
    it(`is for ${publicHost}, as clients call it`, () => {
      expect(levels({ ...good, publicHost })[2]).toBe(`ok: It is for ${publicHost}, as clients call the registry.`);
    });
  }

  for (const publicHost of ['registry.example.com', 'a.b.example.org', '192.0.2.8']) {
    it(`is not for ${publicHost}, and says for whom it is`, () => {
      const finding = checkCertificate({ ...good, publicHost }, NOW)[2];
      expect(finding).toMatchObject({ level: 'fail', advice: `havre tls init ${publicHost}` });
      expect(finding?.message).toContain('registry.lan, *.example.org, 192.0.2.7');
    });
  }

  it('does not work with the key of another one', () => {
    const key = { text: readFileSync(join(folder, 'ca.key'), 'utf8') };
    expect(levels({ ...good, key })[0]).toMatch(/^fail: .* is not the key of /);
  });

  it('does not work with what is no key, or no certificate', () => {
    expect(levels({ ...good, key: { text: 'x' } })[0]).toMatch(/^fail: .* is no private key in PEM/);
    expect(levels({ ...good, certificate: { text: 'x' } })).toEqual([
      expect.stringMatching(/is no certificate in PEM/),
    ]);
  });

  it('says which file cannot be read', async () => {
    const missing = await readTextFile(join(folder, 'missing.crt'));
    expect(levels({ ...good, certificate: missing })[0]).toMatch(/^fail: .*server.crt cannot be read: ENOENT/);
    expect(levels({ ...good, key: missing })[0]).toMatch(/^fail: .*server.key cannot be read: ENOENT/);
  });
});
