import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** What somebody may do in some repositories. */
export interface GrantRow {
  readonly id: number;
  /** A user's or token's id, `htpasswd:<name>`, `authenticated` or `anonymous`. */
  readonly principalId: string;
  readonly pattern: string;
  /** Comma-separated, such as `pull,push`. */
  readonly actions: string;
  readonly createdAt: Date;
}

/** A grant, and the name of the user or token it is given to, if that is who it is given to. */
export interface NamedGrantRow extends GrantRow {
  readonly principalName: string | null;
}

const COLUMNS = ['id', 'principal_id', 'pattern', 'actions', 'created_at'] as const;

interface Principals {
  readonly first: string;
  readonly second: string;
  readonly third: string;
}

const givenTo = query((db, parameter: Parameter<Principals>) =>
  db
    .selectFrom('grants')
    .select(COLUMNS)
    .where('principal_id', 'in', [parameter('first'), parameter('second'), parameter('third')]),
);

const everyGrant = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('grants')
    .leftJoin('users', 'users.id', 'grants.principal_id')
    .leftJoin('tokens', 'tokens.id', 'grants.principal_id')
    .select(['grants.id', 'grants.principal_id', 'grants.pattern', 'grants.actions', 'grants.created_at'])
    .select(({ fn }) => fn.coalesce('users.name', 'tokens.name').as('principal_name'))
    .orderBy('grants.id'),
);

const someGrants = query((db, parameter: Parameter<{ after: number; rows: number }>) =>
  db
    .selectFrom('grants')
    .leftJoin('users', 'users.id', 'grants.principal_id')
    .leftJoin('tokens', 'tokens.id', 'grants.principal_id')
    .select(['grants.id', 'grants.principal_id', 'grants.pattern', 'grants.actions', 'grants.created_at'])
    .select(({ fn }) => fn.coalesce('users.name', 'tokens.name').as('principal_name'))
    .where('grants.id', '>', parameter('after'))
    .orderBy('grants.id')
    .limit(parameter('rows')),
);

const exact = query((db, parameter: Parameter<{ principalId: string; pattern: string }>) =>
  db
    .selectFrom('grants')
    .select(COLUMNS)
    .where('principal_id', '=', parameter('principalId'))
    .where('pattern', '=', parameter('pattern')),
);

interface NewGrant {
  readonly principalId: string;
  readonly pattern: string;
  readonly actions: string;
  readonly now: number;
}

const saved = query((db, parameter: Parameter<NewGrant>) =>
  db
    .insertInto('grants')
    .values({
      principal_id: parameter('principalId'),
      pattern: parameter('pattern'),
      actions: parameter('actions'),
      created_at: parameter('now'),
    })
    .onConflict((conflict) =>
      conflict.columns(['principal_id', 'pattern']).doUpdateSet({ actions: parameter('actions') }),
    )
    .returning(COLUMNS),
);

const removed = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('grants').where('id', '=', parameter('id')).returning(COLUMNS),
);

const removedOf = query((db, parameter: Parameter<{ principalId: string }>) =>
  db.deleteFrom('grants').where('principal_id', '=', parameter('principalId')),
);

/** Every grant given to one of these principals, at most three. */
export async function listGrantsOf(
  db: Queryable,
  principalIds: readonly [string, string?, string?],
): Promise<readonly GrantRow[]> {
  const [first, second = first, third = first] = principalIds;
  return (await db.all(givenTo, { first, second, third })).map(fromColumns);
}

/** Every grant, oldest first. */
export async function listGrants(db: Queryable): Promise<readonly NamedGrantRow[]> {
  const rows = await db.all(everyGrant, {});
  return rows.map((row) => ({ ...fromColumns(row), principalName: row.principal_name }));
}

/** Grants behind that id, oldest first. */
export async function listGrantsAfter(db: Queryable, after: number, rows: number): Promise<readonly NamedGrantRow[]> {
  const found = await db.all(someGrants, { after, rows });
  return found.map((row) => ({ ...fromColumns(row), principalName: row.principal_name }));
}

export async function findGrant(db: Queryable, principalId: string, pattern: string): Promise<GrantRow | undefined> {
  const row = await db.first(exact, { principalId, pattern });
  return row === undefined ? undefined : fromColumns(row);
}

/** A principal has one grant for each pattern; saving another one replaces its actions. */
export async function saveGrant(
  tx: Transaction,
  grant: Pick<GrantRow, 'principalId' | 'pattern' | 'actions'>,
  now: Date,
): Promise<GrantRow> {
  const row = await tx.first(saved, { ...grant, now: now.getTime() });
  if (row === undefined) throw new Error('the grant was not saved');
  return fromColumns(row);
}

/** @returns what is gone, or `undefined` when there was none. */
export async function deleteGrant(tx: Transaction, id: number): Promise<GrantRow | undefined> {
  const row = await tx.first(removed, { id });
  return row === undefined ? undefined : fromColumns(row);
}

export async function deleteGrantsOf(tx: Transaction, principalId: string): Promise<void> {
  await tx.all(removedOf, { principalId });
}

interface GrantColumns {
  readonly id: number;
  readonly principal_id: string;
  readonly pattern: string;
  readonly actions: string;
  readonly created_at: number;
}

function fromColumns(row: GrantColumns): GrantRow {
  const { id, principal_id: principalId, pattern, actions, created_at: createdAt } = row;
  return { id, principalId, pattern, actions, createdAt: new Date(createdAt) };
}
