import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KEY_BYTES, keyIdOf, SecretBox, SecretUnreadableError } from './secret-box.ts';

export interface SecretsOptions {
  /** The setting `secrets.key`, in base64. */
  readonly key: string | undefined;
  /** Where the key lies that was made here, if one was. */
  readonly file: string;
  /** Other nodes have to open what this one seals: then no key is made here. */
  readonly isShared: boolean;
}

/** Several nodes need one key, and only people can give it to all of them. */
export class SecretsKeyMissingError extends Error {
  constructor() {
    super(
      'Secrets cannot be kept: several nodes may share this database, and each must have the same key. ' +
        'Make one with "openssl rand -base64 32", and set it on every node as secrets.key (HAVRE_SECRETS_KEY).',
    );
    this.name = new.target.name;
  }
}

/**
 * Keeps secrets that the registry has to say again to others, encrypted at rest. The key is the one that is configured,
 * else one that is made when it is first needed, in a file of the data folder that only this user can read. Texts that
 * were sealed by either can be opened.
 */
export class Secrets {
  readonly #options: SecretsOptions;
  readonly #configured: SecretBox | undefined;
  #found: Promise<SecretBox | undefined> | undefined;
  #made: Promise<SecretBox> | undefined;

  constructor(options: SecretsOptions) {
    this.#options = options;
    this.#configured = options.key === undefined ? undefined : new SecretBox(Buffer.from(options.key, 'base64'));
  }

  /**
   * @param context what it is and whose: the same is needed to open it.
   * @throws {SecretsKeyMissingError}
   */
  async seal(text: string, context: string): Promise<string> {
    const box = this.#configured ?? (await this.#file({ isMade: true }));
    if (box === undefined) throw new SecretsKeyMissingError();
    return box.seal(text, context);
  }

  /** @throws {SecretUnreadableError} its message says which key is not here. */
  async open(sealed: string, context: string): Promise<string> {
    const keyId = keyIdOf(sealed);
    if (this.#configured?.keyId === keyId) return this.#configured.open(sealed, context);
    const box = await this.#file({ isMade: false });
    if (box?.keyId === keyId) return box.open(sealed, context);
    throw new SecretUnreadableError(`the key ${keyId} by which it was encrypted is not here: see secrets.key`);
  }

  async #file({ isMade }: { readonly isMade: boolean }): Promise<SecretBox | undefined> {
    const { file, isShared } = this.#options;
    this.#found ??= readKey(file);
    const known = this.#made ?? this.#found;
    if (!isMade || isShared || (await known) !== undefined) return await known;
    this.#made ??= writeKey(file);
    return await this.#made;
  }
}

async function readKey(file: string): Promise<SecretBox | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : new SecretBox(Buffer.from(text, 'base64'));
}

/** Durable before anything is sealed by it, and there as a whole or not at all. */
async function writeKey(file: string): Promise<SecretBox> {
  const key = randomBytes(KEY_BYTES);
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(`${key.toString('base64')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return new SecretBox(key);
}
