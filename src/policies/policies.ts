import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { deleteLease } from '../metadata/leases.ts';
import { deletePolicy, findPolicy, insertPolicy, listPolicies, savePolicy } from '../metadata/policies.ts';
import { deleteRuns, listRuns } from '../metadata/policy-runs.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import { readPolicy } from '../retention/read-policy.ts';
import { policyTaken, policyUnknown } from './policy-errors.ts';
import { leaseOfPolicy } from './policy-lease.ts';
import { policyOf, runOf, type PolicyRun, type PolicySettings, type StoredPolicy } from './policy.ts';
import { nextTime } from './schedule.ts';

export interface PoliciesParts {
  readonly db: Database;
  readonly now: () => Date;
}

/** The policies there are. Nothing wrong is ever stored: what cannot be read, or never comes, is refused. */
export class Policies {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor({ db, now }: PoliciesParts) {
    this.#db = db;
    this.#now = now;
  }

  /** By name, strictly after `after`. */
  async list(after: string, limit: number): Promise<readonly StoredPolicy[]> {
    return (await listPolicies(this.#db, after, limit)).map(policyOf);
  }

  /** @throws {PolicyError} there is none. */
  async get(name: string): Promise<StoredPolicy> {
    const row = await findPolicy(this.#db, name);
    if (row === undefined) throw policyUnknown(name);
    return policyOf(row);
  }

  /**
   * @throws {PolicyInvalidError} @throws {PatternInvalidError} @throws {ScheduleInvalidError}
   * @throws {PolicyError} there is one of that name.
   */
  async create(settings: PolicySettings, actor: Actor): Promise<StoredPolicy> {
    const columns = this.#columnsOf(settings);
    await this.#db.transaction(async (tx) => {
      const now = this.#now();
      const id = await insertPolicy(tx, { ...columns, createdBy: actor.principalName, now: now.getTime() });
      if (id === undefined) throw policyTaken(settings.name);
      await this.#audit(tx, actor, 'policy.created', settings);
    });
    return this.get(settings.name);
  }

  /** Changes what is said, and nothing else. @throws as {@link create}. */
  async change(name: string, changes: Partial<PolicySettings>, actor: Actor): Promise<StoredPolicy> {
    return this.#db.transaction(async (tx) => {
      const row = await findPolicy(tx, name);
      if (row === undefined) throw policyUnknown(name);
      const settings = { ...policyOf(row), ...changes };
      const isRenamed = settings.name !== name;
      if (isRenamed && (await findPolicy(tx, settings.name)) !== undefined) throw policyTaken(settings.name);
      await savePolicy(tx, { ...this.#columnsOf(settings), id: row.id, now: this.#now().getTime() });
      await this.#audit(tx, actor, 'policy.changed', settings);
      const changed = await findPolicy(tx, settings.name);
      if (changed === undefined) throw policyUnknown(settings.name);
      return policyOf(changed);
    });
  }

  /** With its runs; plans it made stay. @throws {PolicyError} there is none. */
  async remove(name: string, actor: Actor): Promise<StoredPolicy> {
    return this.#db.transaction(async (tx) => {
      const row = await findPolicy(tx, name);
      if (row === undefined) throw policyUnknown(name);
      await deletePolicy(tx, row.id);
      await deleteRuns(tx, row.id);
      await deleteLease(tx, leaseOfPolicy(row.id));
      await this.#audit(tx, actor, 'policy.deleted', policyOf(row));
      return policyOf(row);
    });
  }

  /** The newest first. @param before the number of the last one of the page before. @throws {PolicyError} */
  async runs(name: string, before: number | undefined, limit: number): Promise<readonly PolicyRun[]> {
    const { id } = await this.get(name);
    const page = { policyId: id, before: before ?? Number.MAX_SAFE_INTEGER, limit };
    return (await listRuns(this.#db, page)).map(runOf);
  }

  #columnsOf(settings: PolicySettings) {
    const { name, patterns, kind, document, schedule, timeZone, isEnabled, isDryRun } = settings;
    for (const pattern of patterns) parseRepositoryPattern(pattern);
    readPolicy(kind, document);
    // A schedule that is not followed now is read, too: enabling it must not be what shows that it is wrong.
    const next = schedule === undefined ? undefined : nextTime({ cron: schedule, timeZone }, this.#now());
    return {
      name,
      patterns: JSON.stringify(patterns),
      kind,
      document,
      schedule: schedule ?? null,
      timeZone,
      isEnabled: isEnabled ? 1 : 0,
      isDryRun: isDryRun ? 1 : 0,
      nextRunAt: isEnabled && next !== undefined ? next.getTime() : null,
    };
  }

  async #audit(tx: Transaction, actor: Actor, action: string, settings: PolicySettings): Promise<void> {
    const { name, kind, patterns, schedule, isEnabled, isDryRun } = settings;
    const details = { policy: name, kind, patterns, schedule: schedule ?? null, isEnabled, isDryRun };
    await appendAudit(tx, actor, { action, details }, this.#now());
  }
}
