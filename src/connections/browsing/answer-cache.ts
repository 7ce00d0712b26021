export interface AnswerCacheOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** So long an answer is given again. Default 30. */
  readonly seconds?: number;
  readonly maxEntries?: number;
  /** Of all answers, as JSON has them. */
  readonly maxBytes?: number;
}

interface Kept {
  readonly answer: unknown;
  readonly bytes: number;
  readonly endsAt: number;
}

/**
 * What other registries just said. Answers belong to an owner, and are given to nobody else: an account is another one
 * as soon as its connection has another secret or another version.
 */
export class AnswerCache {
  readonly #options: Required<AnswerCacheOptions>;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #numbers = new WeakMap<object, number>();
  #lastNumber = 0;
  #bytes = 0;

  constructor({ now, seconds = 30, maxEntries = 500, maxBytes = 16 * 1024 * 1024 }: AnswerCacheOptions) {
    this.#options = { now, seconds, maxEntries, maxBytes };
  }

  /** @param isFresh what is kept is not looked at. */
  async get<Answer>(
    { owner, question, isFresh }: { readonly owner: object; readonly question: unknown; readonly isFresh: boolean },
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const key = `${this.#numberOf(owner)} ${JSON.stringify(question)}`;
    const kept = this.#kept.get(key);
    if (!isFresh && kept !== undefined && kept.endsAt > this.#options.now()) return kept.answer as Answer; // as kept below
    const answer = await ask();
    this.#keep(key, answer);
    return answer;
  }

  #keep(key: string, answer: unknown): void {
    const { now, seconds, maxEntries, maxBytes } = this.#options;
    this.#drop(key);
    const bytes = 2 * (key.length + (JSON.stringify(answer) ?? '').length);
    // One that would push out most of the others is not kept.
    if (bytes > maxBytes / 4) return;
    this.#kept.set(key, { answer, bytes, endsAt: now() + seconds * 1000 });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxEntries && this.#bytes <= maxBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }

  #numberOf(owner: object): number {
    const known = this.#numbers.get(owner);
    if (known !== undefined) return known;
    this.#lastNumber += 1;
    this.#numbers.set(owner, this.#lastNumber);
    return this.#lastNumber;
  }
}
