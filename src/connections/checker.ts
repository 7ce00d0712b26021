import { systemActor } from '../metadata/actor.ts';
import { listDueConnections, rescheduleConnection } from '../metadata/connections.ts';
import type { Database } from '../metadata/database.ts';
import type { Accounts } from './accounts.ts';
import { ConnectionChangedError, ConnectionError, ConnectionNotFoundError } from './connection-errors.ts';
import type { Records } from './records.ts';
import type { Rotation } from './rotation.ts';
import { stateAt } from './state.ts';
import { storedOf, type StoredConnection } from './stored.ts';
import { tryAccount, type Trial } from './trial.ts';
import { ProviderError } from '../providers/provider-error.ts';

export interface ConnectionCheckerParts {
  readonly db: Database;
  readonly records: Records;
  readonly accounts: Accounts;
  readonly rotation: Rotation;
  readonly now: () => Date;
  readonly atOnce: number;
  readonly rotateAfterDays: number;
  /** Told of what is no fault of the registry, or keeps its secret from being replaced. */
  readonly onFailure: (id: string, error: unknown) => void;
}

/** Whoever took one and died gives it back after so long. */
const CLAIM_SECONDS = 300;
/** Outcomes of checks since the process started. */
type Counts = Map<string, number>;

/** Tries connections when it is time: each once, on whatever node, and so many at a time. */
export class ConnectionChecker {
  readonly #parts: ConnectionCheckerParts;
  readonly #counts: Counts = new Map();

  constructor(parts: ConnectionCheckerParts) {
    this.#parts = parts;
  }

  /** How often a check ended with `ok`, or with a diagnosis. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Tries those whose time has come. @returns how many. */
  async checkDue(signal: AbortSignal): Promise<number> {
    const { atOnce } = this.#parts;
    let checked = 0;
    const waiting: StoredConnection[] = [];
    let isEmpty = false;
    // One at a time takes from the database; all of them take from what it gave.
    let refilling: Promise<void> | undefined;
    const refill = async (): Promise<void> => {
      const claimed = await this.#claim(atOnce * 4);
      waiting.push(...claimed);
      isEmpty = claimed.length === 0;
    };
    const work = async (): Promise<void> => {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) {
          await this.#check(next, signal);
          checked += 1;
        } else if (isEmpty) {
          return;
        } else {
          refilling ??= refill().finally(() => {
            refilling = undefined;
          });
          await refilling;
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return checked;
  }

  /** Moves the time of those that are due, so that no other node has them. */
  async #claim(rows: number): Promise<readonly StoredConnection[]> {
    const { db, now } = this.#parts;
    const due = await listDueConnections(db, now(), rows);
    if (due.length === 0) return [];
    const to = now().getTime() + CLAIM_SECONDS * 1000;
    return await db.transaction(
      async (tx) => {
        const claimed: StoredConnection[] = [];
        for (const row of due) {
          const move = { id: row.id, from: row.nextCheckAt, to };
          if (await rescheduleConnection(tx, move)) claimed.push(storedOf({ ...row, nextCheckAt: to }));
        }
        return claimed;
      },
      // Lost with the machine, it is checked again.
      { durable: false },
    );
  }

  async #check(due: StoredConnection, signal: AbortSignal): Promise<void> {
    const { records, accounts, onFailure } = this.#parts;
    try {
      const seen = await this.#replaced(due, signal);
      const trial = await this.#try(seen, signal);
      const renewal = trial.problem === undefined ? await this.#renew(seen, signal) : undefined;
      const outcome = renewal ?? trial;
      this.#count(outcome.problem?.diagnosis ?? 'ok');
      const renewAt = accounts.known(seen)?.logins.renewAt;
      await records.record(seen, outcome, { trigger: 'schedule', renewAt });
    } catch (error) {
      if (signal.aborted || error instanceof ConnectionNotFoundError) return;
      onFailure(due.row.id, error);
    }
  }

  async #try(seen: StoredConnection, signal: AbortSignal): Promise<Trial> {
    const { accounts } = this.#parts;
    const opened = accounts.open({ ...(await accounts.openingOf(seen)), isBackground: true });
    return await tryAccount(opened.account, trialOf(seen, opened.secrets, signal));
  }

  /** What Docker logs in with is made anew ahead of its time, where this process has handed it out. */
  async #renew(seen: StoredConnection, signal: AbortSignal): Promise<Trial | undefined> {
    const { accounts, now } = this.#parts;
    const opened = accounts.known(seen);
    const renewAt = opened?.logins.renewAt;
    if (opened === undefined || renewAt === undefined || renewAt > now()) return undefined;
    const renewing = {
      check: async (_: unknown, limit: AbortSignal) => {
        await opened.logins.renew(limit);
        return await opened.account.check({}, limit);
      },
    };
    return await tryAccount(renewing, trialOf(seen, opened.secrets, signal));
  }

  /** With a new secret where it is time and Havre is to see to that; an old one that was kept long enough is ended. */
  async #replaced(seen: StoredConnection, signal: AbortSignal): Promise<StoredConnection> {
    const { rotation, rotateAfterDays, now, onFailure } = this.#parts;
    const { row, other, settings } = seen;
    const actor = { ...systemActor('check'), principalName: 'rotation' };
    try {
      const retireAt = row.rotation === 'switched' ? other?.retireAt : undefined;
      if (retireAt !== undefined && retireAt <= now().getTime()) return await rotation.confirm(seen, actor);
      if (!settings.isAutomatic || row.rotation === 'switched') return seen;
      if (stateAt({ ...seen, problem: undefined }, rotateAfterDays, now()) !== 'expiring') return seen;
      return await rotation.mint(seen, actor, signal);
    } catch (error) {
      if (!(error instanceof ProviderError || error instanceof ConnectionError)) throw error;
      if (!(error instanceof ConnectionChangedError || error instanceof ConnectionNotFoundError)) {
        onFailure(row.id, error);
      }
      return await this.#parts.records.get(row.id);
    }
  }

  #count(outcome: string): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }
}

function trialOf(seen: StoredConnection, secrets: readonly string[], signal: AbortSignal) {
  const { settings, url } = seen;
  return { repository: settings.testRepository, host: url.host, secrets, signal };
}
