import { readFile } from 'node:fs/promises';
import { keysOfCommand, newKey, readKeyFile, SecretsKeyError, writeKeyFile } from './key-source.ts';
import { keyIdOf, SecretBox, SecretUnreadableError } from './secret-box.ts';

export interface SecretsOptions {
  /** The setting `secrets.key`, in base64. */
  readonly key: string | undefined;
  /** The setting `secrets.previousKeys`: what they sealed can still be opened. */
  readonly previousKeys?: readonly string[];
  /** The setting `secrets.keyCommand`: prints the keys, the one in use first. */
  readonly command?: readonly string[] | undefined;
  /** Where the key lies that was made here, if one was. */
  readonly file: string;
  /** Other nodes have to open what this one seals: then no key is made here. */
  readonly isShared: boolean;
}

/** Several nodes need one key, and only people can give it to all of them. */
export class SecretsKeyMissingError extends SecretsKeyError {
  constructor() {
    super(
      'Secrets cannot be kept: several nodes may share this database, and each must have the same key. ' +
        'Make one with "openssl rand -base64 32", and set it on every node as secrets.key (HAVRE_SECRETS_KEY).',
    );
  }
}

/** Keys as they are at one time: what is new is sealed by `current`, and any of `all` opens. */
interface Keys {
  readonly current: SecretBox | undefined;
  readonly all: readonly SecretBox[];
}

/**
 * Keeps secrets that the registry has to say again to others, encrypted at rest. The key is the one that is configured,
 * else one that is made when it is first needed, in a file of the data folder that only this user can read. Texts that
 * were sealed by either, or by one that came before, can be opened.
 */
export class Secrets {
  readonly #options: SecretsOptions;
  #configured: Promise<readonly SecretBox[]> | undefined;
  #filed: Promise<readonly SecretBox[]> | undefined;
  #making: Promise<readonly SecretBox[]> | undefined;

  constructor(options: SecretsOptions) {
    this.#options = options;
  }

  /**
   * @param context what it is and whose: the same is needed to open it.
   * @throws {SecretsKeyMissingError}
   */
  async seal(text: string, context: string): Promise<string> {
    return (await this.#current()).seal(text, context);
  }

  /** @throws {SecretUnreadableError} its message says which key is not here. */
  async open(sealed: string, context: string): Promise<string> {
    const keyId = keyIdOf(sealed);
    const { all } = await this.#keys();
    const box = all.find((known) => known.keyId === keyId);
    if (box !== undefined) return box.open(sealed, context);
    throw new SecretUnreadableError(`the key ${keyId} by which it was encrypted is not here: see secrets.key`);
  }

  /** @returns `undefined`: it is sealed by the key in use already. @throws {SecretUnreadableError} */
  async reseal(sealed: string, context: string): Promise<string | undefined> {
    const current = await this.#current();
    if (keyIdOf(sealed) === current.keyId) return undefined;
    return current.seal(await this.open(sealed, context), context);
  }

  /**
   * Makes a new key the one in use, where it is ours to make: what was sealed by the one before can still be opened. Where
   * one before that is still there, that is gone on with.
   *
   * @returns whether the key lies in the file of the data folder, so that {@link forgetOld} is to follow.
   */
  async renewKey(): Promise<boolean> {
    const { file } = this.#options;
    if ((await this.#configuredKeys()).length > 0) return false;
    const known = await this.#filedKeys();
    if (known.length > 1) return true;
    if (known.length === 0) {
      await this.#current();
      return true;
    }
    const old = (await readFile(file, 'utf8')).trim();
    await writeKeyFile(file, [newKey(), old]);
    this.#filed = undefined;
    return true;
  }

  /** What was made before the key in use is forgotten: nothing is sealed by it any more. */
  async forgetOld(): Promise<void> {
    const { file } = this.#options;
    const [first = ''] = (await readFile(file, 'utf8')).split('\n');
    await writeKeyFile(file, [first]);
    this.#filed = undefined;
  }

  /** Of the key in use. */
  async keyId(): Promise<string> {
    return (await this.#current()).keyId;
  }

  async #current(): Promise<SecretBox> {
    const { current } = await this.#keys();
    if (current !== undefined) return current;
    if (this.#options.isShared) throw new SecretsKeyMissingError();
    this.#making ??= this.#make();
    const [made] = await this.#making;
    if (made === undefined) throw new SecretsKeyError('no key was made');
    return made;
  }

  async #make(): Promise<readonly SecretBox[]> {
    await writeKeyFile(this.#options.file, [newKey()]);
    this.#filed = readKeyFile(this.#options.file);
    return await this.#filed;
  }

  async #keys(): Promise<Keys> {
    const configured = await this.#configuredKeys();
    const filed = await this.#filedKeys();
    return { current: configured[0] ?? filed[0], all: [...configured, ...filed] };
  }

  #configuredKeys(): Promise<readonly SecretBox[]> {
    const { key, previousKeys = [], command } = this.#options;
    const read = async (): Promise<readonly SecretBox[]> => {
      const printed = command === undefined ? [] : await keysOfCommand(command);
      const written = [...(key === undefined ? [] : [key]), ...previousKeys];
      return [...printed, ...written.map((text) => new SecretBox(Buffer.from(text, 'base64')))];
    };
    this.#configured ??= read().catch((error: unknown) => {
      this.#configured = undefined;
      throw error;
    });
    return this.#configured;
  }

  #filedKeys(): Promise<readonly SecretBox[]> {
    this.#filed ??= readKeyFile(this.#options.file).catch((error: unknown) => {
      this.#filed = undefined;
      throw error;
    });
    return this.#filed;
  }
}
