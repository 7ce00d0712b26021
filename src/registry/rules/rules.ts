import type { Database, Queryable, Transaction } from '../../metadata/database.ts';
import { rulesLock } from '../../metadata/locks.ts';
import { listRules } from '../../metadata/repository-rules.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import { RepositoryRules } from './repository-rules.ts';
import { ruleOf, type Rule } from './rule.ts';

/** Of `trash.keepSeconds`: a week, within which somebody notices. */
export const DEFAULT_KEEP_SECONDS = 7 * 24 * 60 * 60;

export interface RulesParts {
  readonly db: Database;
  /** How long what is deleted can be restored, where no rule says otherwise. Default {@link DEFAULT_KEEP_SECONDS}. */
  readonly keepSeconds?: number;
}

/**
 * What administrators decided about repositories. A transaction that moves tags or deletes reads the rules in itself.
 * Where only this process changes them it remembers them; where others do, reading them is one query.
 */
export class Rules {
  readonly #db: Database;
  readonly #keepSeconds: number;
  readonly #noRules: RepositoryRules;
  /** Rules never change, so what was read of one holds for as long as it is there. */
  #read: ReadonlyMap<number, Rule> = new Map();
  #remembered: readonly Rule[] | undefined;

  constructor({ db, keepSeconds = DEFAULT_KEEP_SECONDS }: RulesParts) {
    this.#db = db;
    this.#keepSeconds = keepSeconds;
    this.#noRules = new RepositoryRules([], keepSeconds);
  }

  /** The rules of a repository, there to decide by: until the transaction ends, nobody makes or removes one. */
  async of(tx: Transaction, repository: RepositoryName): Promise<RepositoryRules> {
    if (this.#db.isShared) {
      // Sent together, and done in this order: what is read was committed before the lock was had.
      const [, rules] = await Promise.all([tx.lock('shared', [rulesLock()]), this.#load(tx)]);
      return this.#among(rules, repository);
    }
    this.#remembered ??= await this.#load(tx);
    return this.#among(this.#remembered, repository);
  }

  /** The same outside a transaction, for whoever only shows something. */
  async at(db: Queryable, repository: RepositoryName): Promise<RepositoryRules> {
    return this.#among(this.#remembered ?? (await this.#load(db)), repository);
  }

  /** Waits for those who decide by the rules as they were: whatever is done after it, is done under the new ones. */
  async change<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.#db.transaction(async (tx) => {
        await tx.lock('exclusive', [rulesLock()]);
        this.#remembered = undefined;
        return work(tx);
      });
    } finally {
      this.#remembered = undefined;
    }
  }

  #among(rules: readonly Rule[], repository: RepositoryName): RepositoryRules {
    if (rules.length === 0) return this.#noRules;
    const own = rules.filter(({ pattern }) => pattern.matches(repository));
    return own.length === 0 ? this.#noRules : new RepositoryRules(own, this.#keepSeconds);
  }

  async #load(db: Queryable): Promise<readonly Rule[]> {
    const rows = await listRules(db);
    const rules = rows.map((row) => this.#read.get(row.id) ?? ruleOf(row));
    this.#read = new Map(rules.map((rule) => [rule.id, rule]));
    return rules;
  }
}
