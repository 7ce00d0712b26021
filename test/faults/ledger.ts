import type { Content } from '../support/image.ts';

/** What a tag may name, as far as its client can know: more than one thing while an answer is outstanding. */
export type Possible = ReadonlySet<string | undefined>;

/**
 * What one client sent and what it was told, so that a server that died can be held to its word.
 *
 * Content is *promised* once it was acknowledged and *doubtful* while a request about it has no answer: the server may
 * have done it before it died. What was never sent must never be seen.
 */
export class Ledger {
  readonly #contents = new Map<string, Content>();
  readonly #promised = new Set<string>();
  readonly #doubtful = new Set<string>();
  readonly #tags = new Map<string, Set<string | undefined>>();

  /** Call before the request that makes `content` visible is sent. */
  sending(content: Content): void {
    this.#contents.set(content.digest, content);
    this.#doubtful.add(content.digest);
  }

  acknowledged(content: Content): void {
    this.#promised.add(content.digest);
    this.#doubtful.delete(content.digest);
  }

  /** Call before a request that removes `digest` is sent; its answer is told to {@link removed}. */
  removing(digest: string): void {
    this.#promised.delete(digest);
    this.#doubtful.add(digest);
  }

  removed(digest: string): void {
    this.#doubtful.delete(digest);
    this.#contents.delete(digest);
  }

  /** Call before a request that makes `tag` name `digest`, or nothing when it is undefined. */
  movingTag(tag: string, digest: string | undefined): void {
    this.#tags.set(tag, new Set([...this.possible(tag), digest]));
  }

  movedTag(tag: string, digest: string | undefined): void {
    this.#tags.set(tag, new Set([digest]));
  }

  /** All the tags that this client ever sent. */
  tags(): string[] {
    return [...this.#tags.keys()];
  }

  possible(tag: string): Possible {
    return this.#tags.get(tag) ?? new Set([undefined]);
  }

  promised(): Content[] {
    return [...this.#contents.values()].filter(({ digest }) => this.#promised.has(digest));
  }

  /** The bytes of a digest that was sent at some time and not acknowledged as removed. */
  find(digest: string): Content | undefined {
    return this.#contents.get(digest);
  }

  /** After the truth was read back from the server: nothing is in doubt any more. */
  settle(isThere: (digest: string) => boolean, tagged: ReadonlyMap<string, string>): void {
    for (const digest of this.#doubtful) {
      if (isThere(digest)) this.#promised.add(digest);
      else this.#contents.delete(digest);
    }
    this.#doubtful.clear();
    for (const tag of this.#tags.keys()) this.movedTag(tag, tagged.get(tag));
  }

  doubtful(): string[] {
    return [...this.#doubtful];
  }
}
