import type { Actor } from '../../metadata/actor.ts';
import { appendAudit } from '../../metadata/audit.ts';
import type { Database, Transaction } from '../../metadata/database.ts';
import { deleteRule, insertRule, listRules, type RepositoryRuleRow } from '../../metadata/repository-rules.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import { parseTagPattern } from '../../oci/tag-pattern.ts';
import { ruleOf, type Rule, type RuleKind, type RuleSettings } from './rule.ts';
import type { Rules } from './rules.ts';

/** A rule as it was given, and what is recorded of it. */
export interface WrittenRule {
  readonly rule: Rule;
  readonly createdAt: Date;
  readonly createdBy: string;
}

export interface NewRule<Kind extends RuleKind = RuleKind> {
  readonly kind: Kind;
  /** Of repositories. */
  readonly pattern: string;
  readonly settings: RuleSettings[Kind];
}

/** All of them are read by every push where nodes share the database. */
export const MOST_RULES = 1000;

/** There are {@link MOST_RULES} already. */
export class TooManyRulesError extends Error {
  constructor() {
    super(`There are ${MOST_RULES} rules, and there cannot be more: write wider patterns.`);
    this.name = new.target.name;
  }
}

/** What administrators do with rules. A rule never changes: it is made, and removed. */
export class RuleBook {
  readonly #parts: { readonly db: Database; readonly rules: Rules; readonly now: () => Date };

  constructor(parts: { readonly db: Database; readonly rules: Rules; readonly now: () => Date }) {
    this.#parts = parts;
  }

  /** Oldest first. */
  async list(): Promise<readonly WrittenRule[]> {
    return (await listRules(this.#parts.db)).map(writtenOf);
  }

  /**
   * Whatever was under way is done; from now on it holds.
   *
   * @throws {PatternInvalidError} @throws {TagPatternInvalidError} @throws {TooManyRulesError}
   */
  async add({ kind, pattern, settings }: NewRule, actor: Actor): Promise<WrittenRule> {
    parseRepositoryPattern(pattern);
    for (const text of tagPatternsOf(settings)) parseTagPattern(text);
    const now = this.#parts.now();
    return this.#parts.rules.change(async (tx) => {
      if ((await listRules(tx)).length >= MOST_RULES) throw new TooManyRulesError();
      const row = { kind, pattern, settings: JSON.stringify(settings) };
      const made = await insertRule(tx, { ...row, createdAt: now.getTime(), createdBy: actor.principalName });
      await this.#record(tx, actor, 'rule.created', made);
      return writtenOf(made);
    });
  }

  /** @returns what it was; `undefined` when there was none. */
  async remove(id: number, actor: Actor): Promise<WrittenRule | undefined> {
    return this.#parts.rules.change(async (tx) => {
      const row = await deleteRule(tx, id);
      if (row === undefined) return undefined;
      await this.#record(tx, actor, 'rule.deleted', row);
      return writtenOf(row);
    });
  }

  async #record(tx: Transaction, actor: Actor, action: string, row: RepositoryRuleRow): Promise<void> {
    const { id, kind, pattern } = row;
    const details = { rule: id, kind, pattern, settings: JSON.parse(row.settings) as unknown };
    await appendAudit(tx, actor, { action, details }, this.#parts.now());
  }
}

function writtenOf(row: RepositoryRuleRow): WrittenRule {
  return { rule: ruleOf(row), createdAt: new Date(row.createdAt), createdBy: row.createdBy };
}

function tagPatternsOf(settings: RuleSettings[RuleKind]): readonly string[] {
  const { tags = [], except = [] } = settings as { tags?: readonly string[]; except?: readonly string[] };
  return [...tags, ...except];
}
