import { systemActor, type Actor } from '../metadata/actor.ts';
import { appendAudit, type AuditEntry } from '../metadata/audit.ts';
import { insertConnectionCheck } from '../metadata/connection-checks.ts';
import {
  findConnection,
  findConnectionByName,
  saveConnection,
  saveConnectionHealth,
  type ConnectionHealthRow,
  type ConnectionRow,
} from '../metadata/connections.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { connectionLock } from '../metadata/locks.ts';
import type { WantedConnection } from './check-input.ts';
import { ConnectionChangedError, ConnectionNameTakenError, ConnectionNotFoundError } from './connection-errors.ts';
import { isPassing, nextMoment, remindersAt, stateAt } from './state.ts';
import { storedOf, type StoredConnection, type StoredProblem } from './stored.ts';
import type { Trial } from './trial.ts';

export interface RecordsParts {
  readonly db: Database;
  readonly now: () => Date;
  /** Between 0 and 1. */
  readonly chance: () => number;
  /** The setting `registries.rotateAfterDays`. */
  readonly rotateAfterDays: number;
  /** Between two checks of one that works. */
  readonly checkSeconds: number;
}

export interface Deed {
  readonly actor: Actor;
  /** `registry.changed` */
  readonly action: string;
  readonly outcome?: AuditEntry['outcome'];
  /** Names and numbers, never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Recording {
  /** Who asked, or the schedule. */
  readonly trigger: string;
  /** Absent: nobody asked. */
  readonly actor?: Actor;
  /** It is to be tried again then at the latest. */
  readonly renewAt?: Date | undefined;
}

interface Tried extends Pick<WantedConnection, 'project' | 'name' | 'kind' | 'url' | 'username'> {
  /** Of the one that is stored; absent: none is. */
  readonly id?: string;
}

/** A failing registry is tried again after a minute, then after two, four… */
const FIRST_RETRY_SECONDS = 60;
const SHORTEST_SECONDS = 15;
const LONGEST_MESSAGE = 2000;

/** What is written down of connections: each change, and each check, with its line in the audit log. */
export class Records {
  readonly #parts: RecordsParts;

  constructor(parts: RecordsParts) {
    this.#parts = parts;
  }

  /** @throws {ConnectionNotFoundError} */
  async get(id: string): Promise<StoredConnection> {
    return found(await findConnection(this.#parts.db, id), id);
  }

  /**
   * Changes what was looked at.
   *
   * @throws {ConnectionChangedError} it is not as it was.
   * @throws {ConnectionNameTakenError}
   */
  async change(seen: StoredConnection, changes: Partial<ConnectionRow>, deed: Deed): Promise<StoredConnection> {
    const { db, now } = this.#parts;
    const { id } = seen.row;
    return await db.transaction(async (tx) => {
      await tx.lock('exclusive', [connectionLock(id)]);
      const { row } = found(await findConnection(tx, id), id);
      if (row.version !== seen.row.version) throw new ConnectionChangedError();
      const next: ConnectionRow = { ...row, ...changes, version: row.version + 1, updatedAt: now().getTime() };
      if (next.name !== row.name && (await findConnectionByName(tx, next.project, next.name)) !== undefined) {
        throw new ConnectionNameTakenError(next.name);
      }
      await saveConnection(tx, next);
      await saveConnectionHealth(tx, next);
      await this.tell(tx, next, deed);
      return storedOf(next);
    });
  }

  /** Writes down what a check found. One of a connection that was changed meanwhile says nothing of it any more. */
  async record(seen: StoredConnection, trial: Trial, how: Recording): Promise<StoredConnection> {
    const { db } = this.#parts;
    const { id } = seen.row;
    const foreseen = this.#after(seen, trial, how);
    // What is told has to be kept; a check that is lost is made again.
    const durable = foreseen.deeds.length > 0;
    return await db.transaction(
      async (tx) => {
        await tx.lock('exclusive', [connectionLock(id)]);
        const current = found(await findConnection(tx, id), id);
        if (current.row.version !== seen.row.version) return current;
        const { health, deeds, at } = this.#after(current, trial, how);
        await saveConnectionHealth(tx, { ...health, id });
        await insertConnectionCheck(tx, {
          connectionId: id,
          at,
          outcome: trial.problem?.diagnosis ?? 'ok',
          message: (trial.problem?.message ?? '').slice(0, LONGEST_MESSAGE),
          milliseconds: trial.milliseconds,
          trigger: how.trigger,
        });
        for (const deed of deeds) await this.tell(tx, current.row, deed);
        return storedOf({ ...current.row, ...health });
      },
      { durable },
    );
  }

  /** That somebody tried a connection which is not stored, or not so. */
  async tried(what: Tried, { problem }: Trial, actor: Actor): Promise<void> {
    const { id, project, name, kind, url, username } = what;
    const details = {
      ...(id !== undefined && { registry: id }),
      name,
      project,
      kind,
      url: url.text,
      username,
      outcome: problem?.diagnosis ?? 'ok',
    };
    const { db, now } = this.#parts;
    await db.transaction((tx) => appendAudit(tx, actor, { action: 'registry.tried', details }, now()));
  }

  /** What changed nothing, and is to be known all the same. */
  async note({ row }: StoredConnection, deed: Deed): Promise<void> {
    await this.#parts.db.transaction((tx) => this.tell(tx, row, deed));
  }

  async tell(tx: Transaction, row: Pick<ConnectionRow, 'id' | 'name' | 'project'>, deed: Deed): Promise<void> {
    const { actor, action, outcome, details } = deed;
    const { id: registry, name, project } = row;
    const entry = {
      action,
      ...(outcome !== undefined && { outcome }),
      details: { registry, name, project, ...details },
    };
    await appendAudit(tx, actor, entry, this.#parts.now());
  }

  /** What is true of a connection after a check, and what is to be told of that. */
  #after(
    before: StoredConnection,
    trial: Trial,
    how: Recording,
  ): { readonly health: ConnectionHealthRow; readonly deeds: readonly Deed[]; readonly at: number } {
    const { now, rotateAfterDays } = this.#parts;
    const time = now();
    const at = time.getTime();
    const { row } = before;
    const { report } = trial;
    const problem = lastingProblem(before.problem, trial.problem);
    const ends = report?.secretExpiresAt?.getTime();
    const tried = {
      ...row,
      checkedAt: at,
      succeededAt: trial.problem === undefined ? at : row.succeededAt,
      failures: trial.problem === undefined ? 0 : row.failures + 1,
      problem: problem === undefined ? null : JSON.stringify(problem),
      report: report === undefined ? row.report : JSON.stringify(report),
      ...(ends !== undefined && { expiresAt: ends, expirySource: 'registry' as const }),
    };
    const after = { ...before, row: tried, problem };
    const { told, reminded } = remindersAt(after, rotateAfterDays, time);
    const state = stateAt(after, rotateAfterDays, time);
    const nextCheckAt = this.#nextCheckAt(after, trial, { ...how, time });
    const actor = systemActor('check');
    const deeds: Deed[] = told.map(({ key, reason, at: endsAt }) => ({
      actor,
      action: 'registry.secret-expiring',
      details: { reason, at: endsAt.toISOString(), reminder: key },
    }));
    if (state !== row.state) {
      const details = { from: row.state, to: state, ...(problem !== undefined && { problem: problem.diagnosis }) };
      deeds.unshift({ actor, action: 'registry.state-changed', details });
    }
    if (how.actor !== undefined) {
      const details = { outcome: trial.problem?.diagnosis ?? 'ok' };
      deeds.unshift({ actor: how.actor, action: 'registry.tested', details });
    }
    return { health: { ...tried, state, reminded: JSON.stringify(reminded), nextCheckAt }, deeds, at };
  }

  #nextCheckAt(
    after: StoredConnection,
    { problem, retryAt }: Trial,
    { renewAt, time }: { readonly renewAt?: Date | undefined; readonly time: Date },
  ): number {
    const { checkSeconds, rotateAfterDays, chance } = this.#parts;
    const now = time.getTime();
    const retrySeconds = FIRST_RETRY_SECONDS * 2 ** Math.min(after.row.failures - 1, 20);
    const seconds = problem === undefined ? checkSeconds : Math.min(checkSeconds, retrySeconds);
    // Not all at once, whenever they were added or the server was started.
    const wanted = now + seconds * 1000 * (0.9 + 0.2 * chance());
    const moment = Math.min(wanted, nextMoment(after, rotateAfterDays, time), renewAt?.getTime() ?? Infinity);
    const soonest = Math.max(now + SHORTEST_SECONDS * 1000, retryAt?.getTime() ?? 0);
    return Math.round(Math.max(moment, Math.min(soonest, now + 86_400_000)));
  }
}

/** That we are asked to wait says nothing of what was wrong before. */
function lastingProblem(before: StoredProblem | undefined, now: StoredProblem | undefined): StoredProblem | undefined {
  return now !== undefined && before !== undefined && isPassing(now) && !isPassing(before) ? before : now;
}

function found(row: ConnectionRow | undefined, id: string): StoredConnection {
  if (row === undefined) throw new ConnectionNotFoundError(id);
  return storedOf(row);
}
