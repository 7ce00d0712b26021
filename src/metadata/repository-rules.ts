import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

export interface RepositoryRuleRow {
  readonly id: number;
  readonly kind: string;
  /** Of repositories. */
  readonly pattern: string;
  /** JSON, as its kind has it. */
  readonly settings: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Name of a principal. */
  readonly createdBy: string;
}

export type NewRepositoryRule = Omit<RepositoryRuleRow, 'id'>;

const ROW = ['id', 'kind', 'pattern', 'settings', 'created_at as createdAt', 'created_by as createdBy'] as const;

const everyRule = query((db) => db.selectFrom('repository_rules').select(ROW).orderBy('id'));

const inserted = query((db, parameter: Parameter<NewRepositoryRule>) =>
  db
    .insertInto('repository_rules')
    .values({
      kind: parameter('kind'),
      pattern: parameter('pattern'),
      settings: parameter('settings'),
      created_at: parameter('createdAt'),
      created_by: parameter('createdBy'),
    })
    .returning(ROW),
);

const removed = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('repository_rules').where('id', '=', parameter('id')).returning(ROW),
);

/** Oldest first. A rule never changes: it is made, and removed. */
export function listRules(db: Queryable): Promise<readonly RepositoryRuleRow[]> {
  return db.all(everyRule, {});
}

export async function insertRule(tx: Transaction, rule: NewRepositoryRule): Promise<RepositoryRuleRow> {
  const row = await tx.first(inserted, rule);
  if (row === undefined) throw new Error('the rule was not inserted');
  return row;
}

/** @returns what it was; `undefined` when there was none. */
export function deleteRule(tx: Transaction, id: number): Promise<RepositoryRuleRow | undefined> {
  return tx.first(removed, { id });
}
