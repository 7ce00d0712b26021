/** Something about who may do what is different now, and recorded. */
export interface IdentityChange {
  readonly of: 'users' | 'tokens' | 'grants' | 'htpasswd' | 'keys';
}

export type ChangeListener = (change: IdentityChange) => void | Promise<void>;

/** Where changes are told to whoever remembers something about users, tokens, grants and keys. */
export class IdentityChanges {
  readonly #listeners: ChangeListener[] = [];

  listen(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** To be awaited after a change is recorded and before it is acknowledged: then it holds for every later request. */
  async announce(change: IdentityChange): Promise<void> {
    for (const listener of this.#listeners) await listener(change);
  }
}
