import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../metadata/database.ts';
import { firstStartLock } from '../../metadata/locks.ts';
import { deleteSecret, insertSecret, listSecrets } from '../../metadata/secrets.ts';

const PURPOSE = 'bearer-signing';

/** As long as the hash of HS256, which RFC 7518 §3.2 asks for at least. */
const KEY_BYTES = 32;

/** The current key signs; the one before it is still believed, so that a rotation interrupts nobody. */
const BELIEVED_KEYS = 2;

export interface SigningKey {
  /** Goes into the header of a token as `kid`. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** The keys that bearer tokens are signed with. Made at the first start: no installation shares one with another. */
export class SigningKeys {
  readonly #database: Database;
  readonly #clock: () => Date;
  #keys: readonly SigningKey[] = [];

  private constructor(database: Database, clock: () => Date) {
    this.#database = database;
    this.#clock = clock;
  }

  static async open(database: Database, clock: () => Date): Promise<SigningKeys> {
    const keys = new SigningKeys(database, clock);
    await keys.reload();
    if (keys.#keys.length === 0) await keys.#make((earlier) => earlier === 0);
    return keys;
  }

  get current(): SigningKey {
    const [newest] = this.#keys;
    if (newest === undefined) throw new Error('there is no signing key');
    return newest;
  }

  find(id: string): SigningKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  /** Makes a new key. What the one before signed stays good until the next rotation, or its own end. */
  rotate(): Promise<void> {
    return this.#make(() => true);
  }

  /** Nodes that start together make one key; two that rotate together make two. */
  async #make(isWanted: (earlierKeys: number) => boolean): Promise<void> {
    const secret = { id: randomUUID(), purpose: PURPOSE, value: randomBytes(KEY_BYTES).toString('base64url') };
    await this.#database.transaction(async (tx) => {
      await tx.lock('exclusive', [firstStartLock()]);
      const earlier = await listSecrets(tx, PURPOSE);
      if (!isWanted(earlier.length)) return;
      for (const { id } of earlier.slice(BELIEVED_KEYS - 1)) await deleteSecret(tx, id);
      // Newest first is by time, and two rotations may fall into one millisecond.
      const newestAt = earlier[0]?.createdAt.getTime() ?? 0;
      await insertSecret(tx, secret, new Date(Math.max(this.#clock().getTime(), newestAt + 1)));
    });
    await this.reload();
  }

  /** To be called when another node rotated. */
  async reload(): Promise<void> {
    const secrets = await listSecrets(this.#database, PURPOSE);
    this.#keys = secrets.map(({ id, value }) => ({ id, key: Buffer.from(value, 'base64url') }));
  }
}
