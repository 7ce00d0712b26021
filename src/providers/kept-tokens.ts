/** A token, or one that is on its way. */
export interface KeptToken {
  /** Milliseconds since the epoch; infinite while it is not there. */
  readonly endsAt: number;
}

/** More than anybody needs at once: each is a secret that lies in memory. */
const MOST_TOKENS = 200;

/** The tokens of one login, by scope. What has ended is dropped with the next new one, and of too many the longest unused. */
export class KeptTokens<Token extends KeptToken> {
  readonly #now: () => number;
  /** The longest unused first. */
  readonly #tokens = new Map<string, Token>();

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get all(): readonly Token[] {
    return [...this.#tokens.values()];
  }

  get(scope: string): Token | undefined {
    const token = this.#tokens.get(scope);
    if (token === undefined) return undefined;
    this.#tokens.delete(scope);
    this.#tokens.set(scope, token);
    return token;
  }

  set(scope: string, token: Token): void {
    this.#tokens.delete(scope);
    for (const [other, { endsAt }] of this.#tokens) if (endsAt <= this.#now()) this.#tokens.delete(other);
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size >= MOST_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
    this.#tokens.set(scope, token);
  }

  /** @param only unless another one took its place. */
  drop(scope: string, only?: Token): void {
    if (only === undefined || this.#tokens.get(scope) === only) this.#tokens.delete(scope);
  }
}
