import { query, type Database, type Parameter, type Queryable, type Transaction } from './database.ts';

/** Work that one at a time does, on whatever node. */
export interface LeaseClaim {
  readonly name: string;
  /** Different for every claim, so that nobody takes another's lease for his own. */
  readonly holder: string;
  /** It ends by itself so long after it was taken or renewed last: a node that died gives way. */
  readonly seconds: number;
  /** It is not had when the work began less than so long ago, on whatever node: for schedules. Default 0. */
  readonly restSeconds?: number;
}

export interface Lease {
  readonly holder: string;
  readonly expiresAt: Date;
  readonly startedAt: Date;
}

interface Claimed {
  readonly name: string;
  readonly holder: string;
  readonly now: number;
  readonly expiresAt: number;
}

const taken = query((db, parameter: Parameter<Claimed & { startedBefore: number }>) =>
  db
    .insertInto('leases')
    .values({
      name: parameter('name'),
      holder: parameter('holder'),
      expires_at: parameter('expiresAt'),
      started_at: parameter('now'),
    })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({
          holder: parameter('holder'),
          expires_at: parameter('expiresAt'),
          started_at: parameter('now'),
        })
        .where('leases.expires_at', '<=', parameter('now'))
        .where('leases.started_at', '<=', parameter('startedBefore')),
    )
    .returning('holder'),
);

const renewed = query((db, parameter: Parameter<Omit<Claimed, 'now'>>) =>
  db
    .updateTable('leases')
    .set({ expires_at: parameter('expiresAt') })
    .where('name', '=', parameter('name'))
    .where('holder', '=', parameter('holder'))
    .returning('holder'),
);

const released = query((db, parameter: Parameter<{ name: string; holder: string }>) =>
  db
    .updateTable('leases')
    .set({ expires_at: 0 })
    .where('name', '=', parameter('name'))
    .where('holder', '=', parameter('holder')),
);

const allReleased = query((db, _parameter: Parameter<object>) => db.updateTable('leases').set({ expires_at: 0 }));

const removed = query((db, parameter: Parameter<{ name: string }>) =>
  db.deleteFrom('leases').where('name', '=', parameter('name')),
);

const held = query((db, parameter: Parameter<{ name: string; now: number }>) =>
  db
    .selectFrom('leases')
    .select(['holder', 'expires_at as expiresAt', 'started_at as startedAt'])
    .where('name', '=', parameter('name'))
    .where('expires_at', '>', parameter('now')),
);

/** @returns whether the work is the caller's now. */
export function takeLease(db: Database, claim: LeaseClaim, now: Date): Promise<boolean> {
  const { name, holder, seconds, restSeconds = 0 } = claim;
  const expiresAt = now.getTime() + seconds * 1000;
  // Without a rest, the clock of whoever began it last is of no matter.
  const startedBefore = restSeconds === 0 ? Number.MAX_SAFE_INTEGER : now.getTime() - restSeconds * 1000;
  const parameters = { name, holder, now: now.getTime(), expiresAt, startedBefore };
  return db.transaction(async (tx) => (await tx.first(taken, parameters)) !== undefined);
}

/** @returns `false`: it ended, and another one may have it. The work has to stop. */
export function renewLease(db: Database, claim: LeaseClaim, now: Date): Promise<boolean> {
  const { name, holder, seconds } = claim;
  const expiresAt = now.getTime() + seconds * 1000;
  return db.transaction(async (tx) => (await tx.first(renewed, { name, holder, expiresAt })) !== undefined, {
    durable: false,
  });
}

export async function releaseLease(db: Database, { name, holder }: LeaseClaim): Promise<void> {
  await db.transaction((tx) => tx.all(released, { name, holder }), { durable: false });
}

/** For work that is never done again: its name is not kept. */
export async function deleteLease(tx: Transaction, name: string): Promise<void> {
  await tx.all(removed, { name });
}

/** For the one process that uses a database, when it starts: whoever had a lease before is dead. */
export async function releaseAllLeases(db: Database): Promise<void> {
  await db.transaction((tx) => tx.all(allReleased, {}), { durable: false });
}

/** Who does that work now, if anybody. */
export async function findLease(db: Queryable, name: string, now: Date): Promise<Lease | undefined> {
  const row = await db.first(held, { name, now: now.getTime() });
  if (row === undefined) return undefined;
  return { holder: row.holder, expiresAt: new Date(row.expiresAt), startedAt: new Date(row.startedAt) };
}
