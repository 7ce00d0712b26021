import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import type { ConnectionsTable } from './schema/connections.ts';

/** Another registry, and who we are there. Times are milliseconds since the epoch. */
export interface ConnectionRow extends ConnectionContent, ConnectionHealthRow {
  readonly id: string;
  /** Of its content: grows with every change. */
  readonly version: number;
  readonly addedBy: string;
  readonly createdAt: number;
}

/** What people say of it, and the secrets that belong to it. */
export interface ConnectionContent {
  readonly project: string;
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  /** JSON. */
  readonly settings: string;
  readonly username: string;
  /** Sealed, as the other secrets here. */
  readonly secret: string | null;
  readonly secretSetAt: number;
  readonly secretReference: string | null;
  readonly clientKey: string | null;
  readonly rotation: ConnectionsTable['rotation'];
  readonly otherSecret: string | null;
  /** JSON. */
  readonly other: string | null;
  readonly updatedAt: number;
}

/** What was found out about it. */
export interface ConnectionHealthRow {
  readonly state: string;
  readonly expiresAt: number | null;
  readonly expirySource: ConnectionsTable['expiry_source'];
  /** JSON list. */
  readonly reminded: string;
  readonly checkedAt: number | null;
  readonly succeededAt: number | null;
  readonly nextCheckAt: number;
  readonly failures: number;
  /** JSON. */
  readonly problem: string | null;
  /** JSON. */
  readonly report: string | null;
}

const COLUMNS = [
  'id',
  'project',
  'name',
  'kind',
  'url',
  'settings',
  'username',
  'secret',
  'secret_set_at as secretSetAt',
  'secret_reference as secretReference',
  'client_key as clientKey',
  'rotation',
  'other_secret as otherSecret',
  'other',
  'version',
  'state',
  'expires_at as expiresAt',
  'expiry_source as expirySource',
  'reminded',
  'checked_at as checkedAt',
  'succeeded_at as succeededAt',
  'next_check_at as nextCheckAt',
  'failures',
  'problem',
  'report',
  'added_by as addedBy',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

function contentSet(parameter: Parameter<ConnectionContent>) {
  return {
    project: parameter('project'),
    name: parameter('name'),
    kind: parameter('kind'),
    url: parameter('url'),
    settings: parameter('settings'),
    username: parameter('username'),
    secret: parameter('secret'),
    secret_set_at: parameter('secretSetAt'),
    secret_reference: parameter('secretReference'),
    client_key: parameter('clientKey'),
    rotation: parameter('rotation'),
    other_secret: parameter('otherSecret'),
    other: parameter('other'),
    updated_at: parameter('updatedAt'),
  };
}

function healthSet(parameter: Parameter<ConnectionHealthRow>) {
  return {
    state: parameter('state'),
    expires_at: parameter('expiresAt'),
    expiry_source: parameter('expirySource'),
    reminded: parameter('reminded'),
    checked_at: parameter('checkedAt'),
    succeeded_at: parameter('succeededAt'),
    next_check_at: parameter('nextCheckAt'),
    failures: parameter('failures'),
    problem: parameter('problem'),
    report: parameter('report'),
  };
}

const inserted = query((db, parameter: Parameter<ConnectionRow>) =>
  db
    .insertInto('connections')
    .values({
      id: parameter('id'),
      ...contentSet(parameter),
      version: parameter('version'),
      ...healthSet(parameter),
      added_by: parameter('addedBy'),
      created_at: parameter('createdAt'),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id'),
);

const saved = query((db, parameter: Parameter<ConnectionContent & { id: string; version: number }>) =>
  db
    .updateTable('connections')
    .set({
      ...contentSet(parameter),
      version: parameter('version'),
    })
    .where('id', '=', parameter('id')),
);

const healthSaved = query((db, parameter: Parameter<ConnectionHealthRow & { id: string }>) =>
  db
    .updateTable('connections')
    .set({
      ...healthSet(parameter),
    })
    .where('id', '=', parameter('id')),
);

const byId = query((db, parameter: Parameter<{ id: string }>) =>
  db.selectFrom('connections').select(COLUMNS).where('id', '=', parameter('id')),
);

const byName = query((db, parameter: Parameter<{ project: string; name: string }>) =>
  db
    .selectFrom('connections')
    .select(COLUMNS)
    .where('project', '=', parameter('project'))
    .where('name', '=', parameter('name')),
);

const listed = query((db, parameter: Parameter<{ project: string; name: string; rows: number }>) =>
  db
    .selectFrom('connections')
    .select(COLUMNS)
    .where((where) =>
      where.or([
        where('project', '>', parameter('project')),
        where.and([where('project', '=', parameter('project')), where('name', '>', parameter('name'))]),
      ]),
    )
    .orderBy('project')
    .orderBy('name')
    .limit(parameter('rows')),
);

const walked = query((db, parameter: Parameter<{ after: string; rows: number }>) =>
  db
    .selectFrom('connections')
    .select(COLUMNS)
    .where('id', '>', parameter('after'))
    .orderBy('id')
    .limit(parameter('rows')),
);

const due = query((db, parameter: Parameter<{ now: number; rows: number }>) =>
  db
    .selectFrom('connections')
    .select(COLUMNS)
    .where('next_check_at', '<=', parameter('now'))
    .orderBy('next_check_at')
    .orderBy('id')
    .limit(parameter('rows')),
);

const rescheduled = query((db, parameter: Parameter<{ id: string; from: number; to: number }>) =>
  db
    .updateTable('connections')
    .set({ next_check_at: parameter('to') })
    .where('id', '=', parameter('id'))
    .where('next_check_at', '=', parameter('from'))
    .returning('id'),
);

const removed = query((db, parameter: Parameter<{ id: string }>) =>
  db.deleteFrom('connections').where('id', '=', parameter('id')),
);

/** @returns `false`: there is one of that id, or of that name in the project. */
export async function insertConnection(tx: Transaction, row: ConnectionRow): Promise<boolean> {
  return (await tx.first(inserted, row)) !== undefined;
}

export async function saveConnection(
  tx: Transaction,
  row: ConnectionContent & { readonly id: string; readonly version: number },
): Promise<void> {
  await tx.all(saved, row);
}

export async function saveConnectionHealth(
  tx: Transaction,
  health: ConnectionHealthRow & { readonly id: string },
): Promise<void> {
  await tx.all(healthSaved, health);
}

export function findConnection(db: Queryable, id: string): Promise<ConnectionRow | undefined> {
  return db.first(byId, { id });
}

export function findConnectionByName(db: Queryable, project: string, name: string): Promise<ConnectionRow | undefined> {
  return db.first(byName, { project, name });
}

/** By project and name, strictly behind those. */
export function listConnections(
  db: Queryable,
  after: { readonly project: string; readonly name: string },
  rows: number,
): Promise<readonly ConnectionRow[]> {
  return db.all(listed, { ...after, rows });
}

/** In the order of their ids, which do not change. */
export function walkConnections(db: Queryable, after: string, rows: number): Promise<readonly ConnectionRow[]> {
  return db.all(walked, { after, rows });
}

/** Those that are to be checked, the longest waiting first. */
export function listDueConnections(db: Queryable, now: Date, rows: number): Promise<readonly ConnectionRow[]> {
  return db.all(due, { now: now.getTime(), rows });
}

/** @returns `false`: another node moved it, or it is gone. */
export async function rescheduleConnection(
  tx: Transaction,
  move: { readonly id: string; readonly from: number; readonly to: number },
): Promise<boolean> {
  return (await tx.first(rescheduled, move)) !== undefined;
}

export async function deleteConnection(tx: Transaction, id: string): Promise<void> {
  await tx.all(removed, { id });
}
