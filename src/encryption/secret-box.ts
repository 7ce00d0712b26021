import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;

const ALGORITHM = 'aes-256-gcm';
/** What NIST SP 800-38D §8.2 recommends for GCM; random ones do for 2³² texts of a key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = 'v1';

/** What was sealed cannot be opened here: another key, or not what we wrote. */
export class SecretUnreadableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * Seals texts that must not lie about in the clear: AES-256-GCM. A sealed text is `v1.<key>.<nonce>.<bytes>`: the key is
 * named by its fingerprint, so that texts of an older one can be told apart when it is replaced.
 */
export class SecretBox {
  readonly keyId: string;
  readonly #key: Uint8Array;

  /** @param key of {@link KEY_BYTES} bytes. */
  constructor(key: Uint8Array) {
    if (key.byteLength !== KEY_BYTES) throw new TypeError(`a key has ${KEY_BYTES} bytes, not ${key.byteLength}`);
    this.#key = key;
    this.keyId = createHash('sha256').update('havre secrets key').update(key).digest('hex').slice(0, 16);
  }

  /** @param context what it is and whose, in words: what is sealed for one cannot be opened for another. */
  seal(text: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce).setAAD(Buffer.from(context));
    const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return [FORM, this.keyId, nonce.toString('base64url'), bytes.toString('base64url')].join('.');
  }

  /** @throws {SecretUnreadableError} */
  open(sealed: string, context: string): string {
    const [form, , nonce = '', content = ''] = sealed.split('.');
    if (form !== FORM || keyIdOf(sealed) !== this.keyId)
      throw new SecretUnreadableError('it was sealed by another key');
    const bytes = Buffer.from(content, 'base64url');
    try {
      const decipher = createDecipheriv(ALGORITHM, this.#key, Buffer.from(nonce, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(0, -TAG_BYTES)).toString('utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new SecretUnreadableError('it is not what was sealed', { cause });
    }
  }
}

/** By which key a text was sealed. */
export function keyIdOf(sealed: string): string {
  return sealed.split('.', 2)[1] ?? '';
}
