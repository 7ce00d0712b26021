import type { Database } from '../metadata/database.ts';
import { countIdentityChanges } from '../metadata/identity-changes.ts';
import type { IdentityChange, IdentityChanges } from './changes.ts';

type Topic = IdentityChange['of'];

/** What other nodes can change. The htpasswd file is each node's own. */
const TOPICS: readonly Topic[] = ['users', 'tokens', 'grants', 'keys'];

/**
 * Learns what other nodes changed about who may do what, before anybody is identified: by asking, because a message may
 * be lost, and a request that arrives after a revocation was acknowledged must be refused.
 */
export class IdentityWatch {
  readonly #db: Database;
  readonly #changes: IdentityChanges;
  #known: ReadonlyMap<string, number>;
  /** Began before whoever arrives now, who must not rely on it. */
  #running: Promise<void> | undefined;
  /** Begins when that has ended: everybody who arrives until then shares it. */
  #next: Promise<void> | undefined;

  private constructor(db: Database, changes: IdentityChanges, known: ReadonlyMap<string, number>) {
    this.#db = db;
    this.#changes = changes;
    this.#known = known;
  }

  /** To be opened before anything about identity is read and remembered. */
  static async open(db: Database, changes: IdentityChanges): Promise<IdentityWatch> {
    return new IdentityWatch(db, changes, await countIdentityChanges(db));
  }

  /**
   * When it resolves, everything that was acknowledged before the call is known here.
   *
   * @throws {StorageUnavailableError} nobody can say what is so.
   */
  catchUp(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const running = this.#compare().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #compare(): Promise<void> {
    const numbers = await countIdentityChanges(this.#db);
    for (const of of TOPICS) if (numbers.get(of) !== this.#known.get(of)) await this.#changes.announce({ of });
    // Last: what could not be announced is announced again.
    this.#known = numbers;
  }
}
