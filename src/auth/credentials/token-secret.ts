import { createHash, randomBytes } from 'node:crypto';

/** So that people, and scanners of leaked secrets, know it when they see one. */
const PREFIX = 'havre_';
const SECRET_BYTES = 32;
const SECRET = /^havre_[A-Za-z0-9_-]{43}$/;

/** `havre_` and 256 random bits in base64url. Shown once, and recorded only as a hash. */
export function newTokenSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

export function isTokenSecret(text: string): boolean {
  return text.startsWith(PREFIX) && SECRET.test(text);
}

/** SHA-256 in hex. A slow hash protects what can be guessed; 256 random bits cannot. */
export function hashTokenSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
