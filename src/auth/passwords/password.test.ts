import { describe, expect, it } from 'bun:test';
import { newTokenSecret } from '../credentials/token-secret.ts';
import {
  checkNewPassword,
  checkUsablePassword,
  decoyHash,
  generatePassword,
  hashPassword,
  isBcryptHash,
  PasswordRefusedError,
  verifyPassword,
} from './password.ts';

/** As `htpasswd -Bbn testuser password` printed it. */
const HTPASSWD = '$2y$05$LPgVLgm66ZI/oen9kE.08e.NRnzqLFCgsyGWRh1hpnlJp2DTyBmWG';
const LONG = 'a'.repeat(73);

describe('verifyPassword', () => {
  for (const form of ['$2y$', '$2a$', '$2b$']) {
    it(`reads bcrypt as ${form}`, async () => {
      const hash = HTPASSWD.replace('$2y$', form);
      expect(isBcryptHash(hash)).toBe(true);
      expect(await verifyPassword('password', hash)).toBe(true);
      expect(await verifyPassword('passwor', hash)).toBe(false);
    });
  }

  it('reads what hashPassword made, which is argon2id', async () => {
    const hash = await hashPassword(LONG);
    expect(hash).toStartWith('$argon2id$');
    expect(await verifyPassword(LONG, hash)).toBe(true);
    expect(await verifyPassword(`${LONG}a`, hash)).toBe(false);
  });

  it('takes no password that bcrypt would cut', async () => {
    const hash = await Bun.password.hash('a'.repeat(72), { algorithm: 'bcrypt', cost: 4 });
    expect(await verifyPassword('a'.repeat(72), hash)).toBe(true);
    expect(await verifyPassword(LONG, hash)).toBe(false);
    expect(await verifyPassword(LONG, await Bun.password.hash(LONG, { algorithm: 'bcrypt', cost: 4 }))).toBe(false);
  });

  it('fits no password to a hash that cannot be read', async () => {
    for (const hash of ['', 'password', '$2y$05$short', '$apr1$x$y']) {
      expect(await verifyPassword('password', hash)).toBe(false);
    }
  });
});

describe('a new password', () => {
  it('has at least eight characters', () => {
    expect(() => checkNewPassword('seven77')).toThrow(PasswordRefusedError);
    checkNewPassword('eight888');
  });

  it('from the configuration need not', () => {
    checkUsablePassword('short');
    expect(() => checkUsablePassword('')).toThrow('cannot be empty');
  });

  it('is not made like a token, and not endless', () => {
    expect(() => checkNewPassword(newTokenSecret())).toThrow('form of a token');
    expect(() => checkNewPassword('a'.repeat(1025))).toThrow('at most 1024 bytes');
  });

  it('is readable and never the same when it is made here', () => {
    const password = generatePassword();
    expect(password).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}$/);
    expect(generatePassword()).not.toBe(password);
    checkNewPassword(password);
  });
});

describe('the decoy', () => {
  const bcrypt = (cost: string): string => HTPASSWD.replace('$05$', `$${cost}$`);

  it('is of the kind and cost that most users have', () => {
    expect(decoyHash(3, [bcrypt('05'), bcrypt('05')])).toStartWith('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(decoyHash(1, [bcrypt('05'), bcrypt('05')])).toStartWith('$2b$05$');
    expect(decoyHash(1, [bcrypt('05'), bcrypt('10'), bcrypt('10')])).toStartWith('$2b$10$');
  });

  it('can be checked, and fits nothing', async () => {
    for (let time = 0; time < 20; time++) expect(isBcryptHash(decoyHash(0, [HTPASSWD]))).toBe(true);
    expect(await Bun.password.verify('password', decoyHash(0, [HTPASSWD]))).toBe(false);
    expect(await Bun.password.verify('password', decoyHash(1, []))).toBe(false);
  });
});
