import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** 256 random bits in base64url: what the cookie holds. Recorded only as a hash. */
export function newSessionSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

export function isSessionSecret(text: string): boolean {
  return SECRET.test(text);
}

/** SHA-256 in hex. A slow hash protects what can be guessed; 256 random bits cannot. */
export function hashSessionSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** What people call a session by. It opens nothing. */
export function newSessionId(): string {
  return `ses-${randomBytes(6).toString('hex')}`;
}
