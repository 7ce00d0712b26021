import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** One time that a connection was tried. */
export interface ConnectionCheckRow {
  readonly id: number;
  readonly connectionId: string;
  readonly at: number;
  /** `ok`, or what was wrong. */
  readonly outcome: string;
  readonly message: string;
  readonly milliseconds: number;
  readonly trigger: string;
}

const COLUMNS = ['id', 'connection_id as connectionId', 'at', 'outcome', 'message', 'milliseconds', 'trigger'] as const;

const inserted = query((db, parameter: Parameter<Omit<ConnectionCheckRow, 'id'>>) =>
  db.insertInto('connection_checks').values({
    connection_id: parameter('connectionId'),
    at: parameter('at'),
    outcome: parameter('outcome'),
    message: parameter('message'),
    milliseconds: parameter('milliseconds'),
    trigger: parameter('trigger'),
  }),
);

const listed = query((db, parameter: Parameter<{ connectionId: string; before: number; rows: number }>) =>
  db
    .selectFrom('connection_checks')
    .select(COLUMNS)
    .where('connection_id', '=', parameter('connectionId'))
    .where('at', '<', parameter('before'))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(parameter('rows')),
);

const trimmed = query((db, parameter: Parameter<{ connectionId: string; kept: number }>) =>
  db
    .deleteFrom('connection_checks')
    .where('connection_id', '=', parameter('connectionId'))
    .where('at', '<=', ({ selectFrom }) =>
      selectFrom('connection_checks as kept')
        .select('kept.at')
        .where('kept.connection_id', '=', parameter('connectionId'))
        .orderBy('kept.at', 'desc')
        .limit(1)
        .offset(parameter('kept')),
    ),
);

const removed = query((db, parameter: Parameter<{ connectionId: string }>) =>
  db.deleteFrom('connection_checks').where('connection_id', '=', parameter('connectionId')),
);

export async function insertConnectionCheck(tx: Transaction, check: Omit<ConnectionCheckRow, 'id'>): Promise<void> {
  await tx.all(inserted, check);
}

/** The newest first. @param page.before only those of an earlier time. */
export function listConnectionChecks(
  db: Queryable,
  connectionId: string,
  page: { readonly before: number; readonly rows: number },
): Promise<readonly ConnectionCheckRow[]> {
  return db.all(listed, { connectionId, ...page });
}

/** Forgets all but the newest. */
export async function trimConnectionChecks(tx: Transaction, connectionId: string, kept: number): Promise<void> {
  await tx.all(trimmed, { connectionId, kept });
}

export async function deleteConnectionChecks(tx: Transaction, connectionId: string): Promise<void> {
  await tx.all(removed, { connectionId });
}
