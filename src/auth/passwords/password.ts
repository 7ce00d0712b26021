import { randomBytes } from 'node:crypto';
import { AccountInvalidError } from '../accounts/account-errors.ts';
import { isTokenSecret } from '../credentials/token-secret.ts';

/** A password that we do not take; the message is for the person who chose it. */
export class PasswordRefusedError extends AccountInvalidError {}

/** What OWASP asks for argon2id (19 MiB, 2 passes): about 40 ms of one core. */
const ARGON2 = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;

/** bcrypt reads no further. Longer passwords would be equal to others, so with bcrypt there are none. */
export const MAX_BCRYPT_BYTES = 72;

/** NIST SP 800-63B §3.1.1.2. What the configuration says is the operator's own choice, and is not held to it. */
const MIN_CHARACTERS = 8;
const MAX_BYTES = 1024;

/** @throws {PasswordRefusedError} too short, too long, or made like one of our tokens. */
export function checkNewPassword(password: string): void {
  if (password.length < MIN_CHARACTERS) {
    throw new PasswordRefusedError(`A password has at least ${MIN_CHARACTERS} characters.`);
  }
  checkUsablePassword(password);
}

/** @throws {PasswordRefusedError} no client could log in with it. */
export function checkUsablePassword(password: string): void {
  if (password === '') throw new PasswordRefusedError('A password cannot be empty.');
  if (Buffer.byteLength(password) > MAX_BYTES) {
    throw new PasswordRefusedError(`A password has at most ${MAX_BYTES} bytes.`);
  }
  if (isTokenSecret(password)) {
    throw new PasswordRefusedError('This is the form of a token; a password must have another.');
  }
}

/** argon2id, off the main thread. */
export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, ARGON2);
}

/** Checks a password against a hash of argon2 or bcrypt, off the main thread. A hash that cannot be read fits nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const isTooLong = isBcryptHash(hash) && isTooLongForBcrypt(password);
  // The work is done all the same, so that the time tells nothing.
  const fits = await Bun.password.verify(isTooLong ? 'x' : password, hash).catch(() => false);
  return fits && !isTooLong;
}

export function isTooLongForBcrypt(password: string): boolean {
  return Buffer.byteLength(password) > MAX_BCRYPT_BYTES;
}

const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

/** Is it a bcrypt hash that can be read? Salt and hash end in characters that have no bits to spare. */
export function isBcryptHash(hash: string): boolean {
  return BCRYPT.test(hash);
}

/** What a hash costs to check: its kind and parameters, without salt and hash. */
function costOf(hash: string): string {
  return isBcryptHash(hash) ? hash.slice(4, 7) : 'argon2id';
}

/**
 * A hash that no password fits and that costs as much to check as those of most users: what a password is checked
 * against when there is no such user.
 *
 * @param argon2Users how many users have a password of ours.
 */
export function decoyHash(argon2Users: number, bcryptHashes: Iterable<string>): string {
  const countByCost = new Map([['argon2id', argon2Users]]);
  for (const hash of bcryptHashes) countByCost.set(costOf(hash), (countByCost.get(costOf(hash)) ?? 0) + 1);
  const [cost] = [...countByCost].reduce((most, next) => (next[1] > most[1] ? next : most));
  return cost === 'argon2id' ? argon2Decoy() : `$2b$${cost}${bcryptText(21)}.${bcryptText(30)}.`;
}

function argon2Decoy(): string {
  const part = (): string => randomBytes(32).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=1$${part()}$${part()}`;
}

/** Letters and digits are in the alphabet of bcrypt as well as in that of base64url. */
function bcryptText(characters: number): string {
  return randomBytes(characters).toString('base64url').replace(/[-_]/g, '.').slice(0, characters);
}

/** Crockford's base 32: no letter is mistaken for a digit or another letter. */
const READABLE = '0123456789abcdefghjkmnpqrstvwxyz';

/** Five groups of five characters: 125 random bits that can be read out and typed. */
export function generatePassword(): string {
  const characters = Array.from(randomBytes(25), (byte) => READABLE[byte % READABLE.length] ?? '');
  return (characters.join('').match(/.{5}/g) ?? []).join('-');
}
