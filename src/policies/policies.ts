import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import { findConnection } from '../metadata/connections.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { deleteLease } from '../metadata/leases.ts';
import { connectionLock } from '../metadata/locks.ts';
import {
  deletePolicy,
  findPolicy,
  insertPolicy,
  listPolicies,
  savePolicy,
  type PlacedPolicyRow,
} from '../metadata/policies.ts';
import { deleteRuns, listRuns } from '../metadata/policy-runs.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import type { PlannedPolicy } from '../plans/plan.ts';
import { readPolicy } from '../retention/read-policy.ts';
import { policyTaken, policyUnknown, registryUnknown } from './policy-errors.ts';
import { leaseOfPolicy } from './policy-lease.ts';
import { plannedPolicyOf, policyOf, runOf, type PolicyRun, type PolicySettings, type StoredPolicy } from './policy.ts';
import { nextTime } from './schedule.ts';

export interface PoliciesParts {
  readonly db: Database;
  readonly now: () => Date;
  /** Whether a policy can be decided by what other registries tell. @throws {PolicyInvalidError} */
  readonly checkElsewhere: (policy: PlannedPolicy) => void;
}

/** The policies there are. Nothing wrong is ever stored: what cannot be read, or never comes, is refused. */
export class Policies {
  readonly #db: Database;
  readonly #now: () => Date;
  readonly #checkElsewhere: PoliciesParts['checkElsewhere'];

  constructor({ db, now, checkElsewhere }: PoliciesParts) {
    this.#db = db;
    this.#now = now;
    this.#checkElsewhere = checkElsewhere;
  }

  /** Those that are wanted, by name, strictly after `after`. */
  async list(
    isWanted: (policy: StoredPolicy) => boolean,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<readonly StoredPolicy[]> {
    const found: StoredPolicy[] = [];
    for (let last = after; ;) {
      const rows = await listPolicies(this.#db, last, ROWS_AT_ONCE);
      found.push(...rows.map(policyOf).filter(isWanted));
      const next = rows.at(-1);
      if (found.length >= limit || next === undefined || rows.length < ROWS_AT_ONCE) return found.slice(0, limit);
      last = next.name;
    }
  }

  /** @throws {PolicyError} there is none. */
  async get(name: string): Promise<StoredPolicy> {
    const policy = await this.find(name);
    if (policy === undefined) throw policyUnknown(name);
    return policy;
  }

  async find(name: string): Promise<StoredPolicy | undefined> {
    const row = await findPolicy(this.#db, name);
    return row === undefined ? undefined : policyOf(row);
  }

  /**
   * @throws {PolicyInvalidError} @throws {PatternInvalidError} @throws {ScheduleInvalidError}
   * @throws {PolicyError} there is one of that name, or no such registry.
   */
  async create(settings: PolicySettings, actor: Actor): Promise<StoredPolicy> {
    const columns = this.#columnsOf(settings);
    await this.#db.transaction(async (tx) => {
      await requireConnection(tx, settings.connection);
      const now = this.#now();
      const id = await insertPolicy(tx, { ...columns, createdBy: actor.principalName, now: now.getTime() });
      if (id === undefined) throw policyTaken(settings.name);
      await this.#audit(tx, actor, 'policy.created', settings);
    });
    return this.get(settings.name);
  }

  /** Changes what is said of a policy, and nothing else. @throws as {@link create}. */
  async change(seen: StoredPolicy, changes: Partial<PolicySettings>, actor: Actor): Promise<StoredPolicy> {
    return this.#db.transaction(async (tx) => {
      await requireConnection(tx, changes.connection);
      const row = await sameRow(tx, seen);
      const settings = { ...policyOf(row), ...changes };
      const isRenamed = settings.name !== row.name;
      if (isRenamed && (await findPolicy(tx, settings.name)) !== undefined) throw policyTaken(settings.name);
      await savePolicy(tx, { ...this.#columnsOf(settings), id: row.id, now: this.#now().getTime() });
      await this.#audit(tx, actor, 'policy.changed', settings);
      const changed = await findPolicy(tx, settings.name);
      if (changed === undefined) throw policyUnknown(settings.name);
      return policyOf(changed);
    });
  }

  /** With its runs; plans it made stay. @throws {PolicyError} there is none. */
  async remove(seen: StoredPolicy, actor: Actor): Promise<StoredPolicy> {
    return this.#db.transaction(async (tx) => {
      const row = await sameRow(tx, seen);
      await deletePolicy(tx, row.id);
      await deleteRuns(tx, row.id);
      await deleteLease(tx, leaseOfPolicy(row.id));
      await this.#audit(tx, actor, 'policy.deleted', policyOf(row));
      return policyOf(row);
    });
  }

  /** The newest first. @param before the number of the last one of the page before. */
  async runs({ id }: StoredPolicy, before: number | undefined, limit: number): Promise<readonly PolicyRun[]> {
    const page = { policyId: id, before: before ?? Number.MAX_SAFE_INTEGER, limit };
    return (await listRuns(this.#db, page)).map(runOf);
  }

  #columnsOf(settings: PolicySettings) {
    const { name, connection, patterns, kind, document, schedule, timeZone, isEnabled, isDryRun } = settings;
    for (const pattern of patterns) parseRepositoryPattern(pattern);
    readPolicy(kind, document);
    if (connection !== undefined) this.#checkElsewhere(plannedPolicyOf(settings));
    // A schedule that is not followed now is read, too: enabling it must not be what shows that it is wrong.
    const next = schedule === undefined ? undefined : nextTime({ cron: schedule, timeZone }, this.#now());
    return {
      name,
      connection: connection ?? null,
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
    const { name, connection, kind, patterns, schedule, isEnabled, isDryRun } = settings;
    const registry = connection === undefined ? {} : { registry: connection };
    const details = { policy: name, ...registry, kind, patterns, schedule: schedule ?? null, isEnabled, isDryRun };
    await appendAudit(tx, actor, { action, details }, this.#now());
  }
}

const ROWS_AT_ONCE = 1000;

/** Who may change it was decided by the registry that it was for when it was looked at. @throws {PolicyError} */
async function sameRow(tx: Transaction, { id, name, connection }: StoredPolicy): Promise<PlacedPolicyRow> {
  const row = await findPolicy(tx, name);
  if (row?.id !== id || row.connection !== (connection ?? null)) throw policyUnknown(name);
  return row;
}

/** It stays until the end of the transaction: whoever removes it sees who names it. */
async function requireConnection(tx: Transaction, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  await tx.lock('shared', [connectionLock(id)]);
  if ((await findConnection(tx, id)) === undefined) throw registryUnknown(id);
}
