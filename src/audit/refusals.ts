import type { Actor } from '../metadata/actor.ts';
import { appendAudit, type AuditEntry } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';

export interface RefusalsParts {
  readonly db: Database;
  readonly now: () => Date;
  /** Told when what was refused could not be recorded. */
  readonly onFailure: (error: unknown) => void;
  /** How long the same refusals are counted together, in seconds. Default 300. */
  readonly windowSeconds?: number;
  /** How many different ones are recorded in that time. Default 20. */
  readonly perWindow?: number;
}

interface Refused {
  readonly actor: Actor;
  readonly entry: AuditEntry;
}

interface Counted extends Refused {
  /** How often it came again. */
  more: number;
}

/**
 * Records what was refused, where anybody may knock as often as they like: the first of its kind at once, what follows as
 * one row with a count, and of many kinds only some. So an attack is seen, and fills no disk: at most `2 × perWindow + 1`
 * rows in each window.
 */
export class Refusals {
  readonly #parts: RefusalsParts;
  readonly #seconds: number;
  readonly #perWindow: number;
  #counted = new Map<string, Counted>();
  #omitted = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: RefusalsParts) {
    this.#parts = parts;
    this.#seconds = parts.windowSeconds ?? 300;
    this.#perWindow = parts.perWindow ?? 20;
  }

  /** Returns at once; nothing that a client asked for waits for it. */
  note(actor: Actor, entry: AuditEntry): void {
    const key = JSON.stringify([actor.principalId, actor.source, entry]);
    const known = this.#counted.get(key);
    if (known !== undefined) {
      known.more += 1;
      return;
    }
    this.#timer ??= this.#startWindow();
    if (this.#counted.size >= this.#perWindow) {
      this.#omitted += 1;
      return;
    }
    this.#counted.set(key, { actor, entry, more: 0 });
    this.#write([{ actor, entry }]);
  }

  /** Ends the window: what was counted is recorded. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counted = [...this.#counted.values()].filter(({ more }) => more > 0);
    const rows: Refused[] = counted.map(({ actor, entry, more }) => ({
      actor,
      entry: { ...entry, details: { ...entry.details, times: more, withinSeconds: this.#seconds } },
    }));
    if (this.#omitted > 0) rows.push(omittedRow(this.#omitted));
    this.#counted = new Map();
    this.#omitted = 0;
    this.#write(rows);
    await this.#writing;
  }

  #startWindow(): Timer {
    const timer = setTimeout(() => void this.flush(), this.#seconds * 1000);
    timer.unref();
    return timer;
  }

  #write(rows: readonly Refused[]): void {
    if (rows.length === 0) return;
    const { db, now, onFailure } = this.#parts;
    const write = async (): Promise<void> => {
      for (const { actor, entry } of rows) {
        await db.transaction((tx) => appendAudit(tx, actor, { ...entry, outcome: 'refused' }, now()), {
          durable: false,
        });
      }
    };
    this.#writing = this.#writing.then(write).catch(onFailure);
  }
}

/** Of kinds that came when there were too many already, only the number is known. */
function omittedRow(times: number): Refused {
  const actor: Actor = { principalId: 'anonymous', principalKind: 'anonymous', principalName: '', cause: 'client' };
  return { actor, entry: { action: 'refusals.omitted', details: { times } } };
}
