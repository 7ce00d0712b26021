import type { Database } from '../../metadata/database.ts';
import { recordTokenUse } from '../../metadata/tokens.ts';
import type { Principal } from '../principal.ts';

/** When each token was last used: noted with every request, written now and then. */
export class TokenUses {
  readonly #database: Database;
  #lastUseById = new Map<string, Date>();

  constructor(database: Database) {
    this.#database = database;
  }

  note(principal: Principal, at: Date): void {
    if (principal.kind === 'token') this.#lastUseById.set(principal.id, at);
  }

  /** Writes what was noted since the last time. Losing it in a crash loses nothing but a date, so it is not flushed. */
  async flush(): Promise<void> {
    if (this.#lastUseById.size === 0) return;
    const uses = this.#lastUseById;
    this.#lastUseById = new Map();
    const write = this.#database.transaction(
      async (tx) => {
        // In one order: two nodes that write the same must not wait for each other.
        for (const [id, at] of [...uses].toSorted(([a], [b]) => (a < b ? -1 : 1))) await recordTokenUse(tx, id, at);
      },
      { durable: false },
    );
    await write.catch((error: unknown) => {
      // They are newer than nothing, and older than what was noted meanwhile.
      this.#lastUseById = new Map([...uses, ...this.#lastUseById]);
      throw error;
    });
  }
}
