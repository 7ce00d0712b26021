import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';
import { quotaListLock } from '../metadata/locks.ts';
import { deleteQuotaWithMembers, insertQuotaWithMembers } from '../metadata/quota-members.ts';
import { listQuotaPatterns, listQuotas, updateQuota, type QuotaLimits, type QuotaRow } from '../metadata/quotas.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';

/** Each repository that is made is compared with all of them, and each has its own series of metrics. */
export const MOST_QUOTAS = 1000;

/** There are {@link MOST_QUOTAS} already. */
export class TooManyQuotasError extends Error {
  constructor() {
    super(`There are ${MOST_QUOTAS} quotas, and there cannot be more: write wider patterns.`);
    this.name = new.target.name;
  }
}

/** The pattern has a quota. */
export class QuotaTakenError extends Error {
  constructor(pattern: string) {
    super(`There is a quota for exactly ${pattern}: change that one.`);
    this.name = new.target.name;
  }
}

/** What administrators do with quotas. */
export class QuotaBook {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(parts: { readonly db: Database; readonly now: () => Date }) {
    this.#db = parts.db;
    this.#now = parts.now;
  }

  /** By number, strictly after `after`. */
  list(after: number, limit: number): Promise<readonly QuotaRow[]> {
    return listQuotas(this.#db, after, limit);
  }

  async find(id: number): Promise<QuotaRow | undefined> {
    const [quota] = await listQuotas(this.#db, id - 1, 1);
    return quota?.id === id ? quota : undefined;
  }

  /**
   * What its repositories hold counts from now on; nothing is deleted if that is more.
   *
   * @throws {PatternInvalidError} @throws {QuotaTakenError} @throws {TooManyQuotasError}
   */
  async add(quota: QuotaLimits & { readonly pattern: string }, actor: Actor): Promise<QuotaRow> {
    const { pattern, bytes, manifests, tags } = quota;
    parseRepositoryPattern(pattern);
    const now = this.#now();
    const id = await this.#db.transaction(async (tx) => {
      if ((await listQuotaPatterns(tx)).length >= MOST_QUOTAS) throw new TooManyQuotasError();
      const limits = { bytes, manifests, tags };
      const made = await insertQuotaWithMembers(tx, { pattern, ...limits, createdBy: actor.principalName }, now);
      if (made === undefined) throw new QuotaTakenError(pattern);
      await appendAudit(tx, actor, { action: 'quota.created', details: { quota: made, pattern, limits } }, now);
      return made;
    });
    const made = await this.find(id);
    if (made === undefined) throw new Error(`quota ${id} was removed at once`);
    return made;
  }

  /** It holds for the next push. @returns what it is now; `undefined` when there is none. */
  async change(id: number, changed: Partial<QuotaLimits>, actor: Actor): Promise<QuotaRow | undefined> {
    await this.#db.transaction(async (tx) => {
      await tx.lock('exclusive', [quotaListLock()]);
      const [before] = await listQuotas(tx, id - 1, 1);
      if (before?.id !== id) return;
      const limits = { ...before.limits, ...changed };
      await updateQuota(tx, id, limits);
      const details = { quota: id, pattern: before.pattern, limits, before: before.limits };
      await appendAudit(tx, actor, { action: 'quota.changed', details }, this.#now());
    });
    return this.find(id);
  }

  /** @returns what it was; `undefined` when there is none. */
  async remove(id: number, actor: Actor): Promise<QuotaRow | undefined> {
    return this.#db.transaction(async (tx) => {
      const [before] = await listQuotas(tx, id - 1, 1);
      if (before?.id !== id || !(await deleteQuotaWithMembers(tx, id))) return undefined;
      const details = { quota: id, pattern: before.pattern, limits: before.limits };
      await appendAudit(tx, actor, { action: 'quota.deleted', details }, this.#now());
      return before;
    });
  }
}
