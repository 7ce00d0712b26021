import { describe, expect, it } from 'bun:test';
import {
  deleteConnectionChecks,
  insertConnectionCheck,
  listConnectionChecks,
  trimConnectionChecks,
} from '../connection-checks.ts';
import {
  deleteConnection,
  findConnection,
  findConnectionByName,
  insertConnection,
  listConnections,
  listDueConnections,
  rescheduleConnection,
  saveConnection,
  saveConnectionHealth,
  walkConnections,
  type ConnectionRow,
} from '../connections.ts';
import type { Database } from '../database.ts';
import type { OpenDatabase } from './database-contract.ts';

const HUB: ConnectionRow = {
  id: 'reg-aaaaaaaa',
  project: 'pn-1',
  name: 'Docker Hub',
  kind: 'docker-hub',
  url: 'docker.io',
  settings: '{"form":"access-token"}',
  username: 'ada',
  secret: 'v1.key.nonce.text',
  secretSetAt: 1_700_000_000_000,
  secretReference: null,
  clientKey: null,
  rotation: 'none',
  otherSecret: null,
  other: null,
  version: 1,
  state: 'unchecked',
  expiresAt: null,
  expirySource: null,
  reminded: '[]',
  checkedAt: null,
  succeededAt: null,
  nextCheckAt: 1_700_000_000_000,
  failures: 0,
  problem: null,
  report: null,
  addedBy: 'ada',
  createdAt: 1_700_000_000_000,
  updatedAt: 1_700_000_000_000,
};

/** What every engine must keep of connections to other registries. */
export function connectionsContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const withOne = (test: (db: Database) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db = await open();
      await test(db);
      await db.close();
    });

  describe(`${engine}, given connections`, () => {
    it(
      'gives back what was written, and keeps names apart within a project',
      withOne(async (db) => {
        const other = { ...HUB, id: 'reg-bbbbbbbb', project: 'pn-2' };
        await db.transaction(async (tx) => {
          expect(await insertConnection(tx, HUB)).toBe(true);
          expect(await insertConnection(tx, other)).toBe(true);
          expect(await insertConnection(tx, { ...HUB, id: 'reg-cccccccc' })).toBe(false);
          expect(await insertConnection(tx, { ...HUB, name: 'other' })).toBe(false);
        });
        expect(await findConnection(db, HUB.id)).toEqual(HUB);
        expect(await findConnectionByName(db, 'pn-2', 'Docker Hub')).toEqual(other);
        expect(await listConnections(db, { project: '', name: '' }, 10)).toEqual([HUB, other]);
        expect(await listConnections(db, HUB, 10)).toEqual([other]);
        expect(await walkConnections(db, HUB.id, 10)).toEqual([other]);
      }),
    );

    it(
      'writes what people say and what is found out apart',
      withOne(async (db) => {
        const content = { ...HUB, name: 'Hub', username: 'bob', version: 2, secretReference: '7', updatedAt: 5 };
        const health = { ...HUB, state: 'failing', failures: 3, problem: '{}', checkedAt: 9, nextCheckAt: 10 };
        await db.transaction(async (tx) => {
          await insertConnection(tx, HUB);
          await saveConnection(tx, { ...content, state: 'valid' } as ConnectionRow);
          await saveConnectionHealth(tx, { ...health, name: 'no' } as ConnectionRow);
        });
        const { state, failures, problem, checkedAt, nextCheckAt } = health;
        expect(await findConnection(db, HUB.id)).toEqual({
          ...content,
          state,
          failures,
          problem,
          checkedAt,
          nextCheckAt,
        });
      }),
    );

    it(
      'lets one of many take what is due',
      withOne(async (db) => {
        await db.transaction((tx) => insertConnection(tx, HUB));
        expect(await listDueConnections(db, new Date(HUB.nextCheckAt - 1), 10)).toEqual([]);
        expect(await listDueConnections(db, new Date(HUB.nextCheckAt), 10)).toHaveLength(1);
        const move = { id: HUB.id, from: HUB.nextCheckAt, to: HUB.nextCheckAt + 1000 };
        const taken = await Promise.all([1, 2, 3].map(() => db.transaction((tx) => rescheduleConnection(tx, move))));
        expect(taken.filter(Boolean)).toHaveLength(1);
        expect(await listDueConnections(db, new Date(HUB.nextCheckAt), 10)).toEqual([]);
      }),
    );

    it(
      'remembers the newest checks, and none of what is gone',
      withOne(async (db) => {
        const check = { connectionId: HUB.id, outcome: 'ok', message: '', milliseconds: 12, trigger: 'schedule' };
        await db.transaction(async (tx) => {
          await insertConnection(tx, HUB);
          for (let at = 1; at <= 5; at += 1) await insertConnectionCheck(tx, { ...check, at });
          await insertConnectionCheck(tx, { ...check, connectionId: 'reg-bbbbbbbb', at: 6 });
          await trimConnectionChecks(tx, HUB.id, 3);
        });
        const all = await listConnectionChecks(db, HUB.id, { before: Number.MAX_SAFE_INTEGER, rows: 10 });
        expect(all.map(({ at }) => at)).toEqual([5, 4, 3]);
        const before = all[0]?.at ?? 0;
        const next = await listConnectionChecks(db, HUB.id, { before, rows: 1 });
        expect(next.map(({ at }) => at)).toEqual([4]);
        await db.transaction(async (tx) => {
          await deleteConnectionChecks(tx, HUB.id);
          await deleteConnection(tx, HUB.id);
        });
        expect(await findConnection(db, HUB.id)).toBeUndefined();
        expect(await listConnectionChecks(db, HUB.id, { before, rows: 10 })).toEqual([]);
        expect(await listConnectionChecks(db, 'reg-bbbbbbbb', { before: 1e9, rows: 10 })).toHaveLength(1);
      }),
    );
  });
}
