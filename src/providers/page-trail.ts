import { ProviderError } from './provider-error.ts';

/** More pages has no list of a registry: whatever goes on after them is a mistake, or a trap. */
const MOST_PAGES = 100_000;

/** The pages of one list that were asked for: none is asked for twice, and they end. */
export class PageTrail {
  readonly #name: string;
  readonly #seen = new Set<string>();

  /** @param name of the registry, as people write it. */
  constructor(name: string) {
    this.#name = name;
  }

  /** @returns what was given. @throws {ProviderError} `malformed`: the pages go in a circle, or on for ever. */
  follow(next: string | undefined): string | undefined {
    if (next === undefined) return undefined;
    if (this.#seen.has(next) || this.#seen.size >= MOST_PAGES) {
      throw new ProviderError('malformed', `${this.#name}: the pages of its list do not end.`);
    }
    this.#seen.add(next);
    return next;
  }
}
