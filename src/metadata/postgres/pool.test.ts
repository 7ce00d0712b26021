import { describe, expect, it } from 'bun:test';
import { newPostgresDatabase, postgresRunsHere, postgresSettings } from '../../../test/support/postgres.ts';
import { StorageUnavailableError } from '../../oci/errors.ts';
import { PostgresConnection, type ConnectionPurpose } from './connection.ts';
import { PostgresPool } from './pool.ts';

async function purpose(): Promise<ConnectionPurpose> {
  return {
    settings: postgresSettings(await newPostgresDatabase()),
    name: 'pool test',
    statementSeconds: 10,
    silenceSeconds: 10,
    idleInTransactionSeconds: 10,
    onSlowQuery: () => undefined,
  };
}

/** Keeps a connection until it is told not to. */
function borrow(pool: PostgresPool): { readonly lent: Promise<unknown>; readonly giveBack: () => void } {
  const { promise: until, resolve: giveBack } = Promise.withResolvers<void>();
  const { promise: lent, resolve, reject } = Promise.withResolvers<unknown>();
  pool
    .lend((connection) => {
      resolve(connection);
      return until;
    })
    .catch(reject);
  return { lent, giveBack };
}

describe.if(postgresRunsHere('the pool of connections'))('a pool of connections', () => {
  it('whose old attempt fails when others have succeeded tries again, and refuses nobody', async () => {
    const wanted = await purpose();
    const old = Promise.withResolvers<PostgresConnection>();
    const attempts = [old.promise];
    const open = (): Promise<PostgresConnection> => attempts.shift() ?? PostgresConnection.open(wanted);
    const pool = new PostgresPool({ size: 5, waitSeconds: 5, open });
    const [hanging, second] = [borrow(pool), borrow(pool)];
    await second.lent;
    old.reject(new Error('no answer since the server died'));
    expect(await hanging.lent).toBeInstanceOf(PostgresConnection);
    const third = borrow(pool);
    expect(await third.lent).toBeInstanceOf(PostgresConnection);
    for (const { giveBack } of [hanging, second, third]) giveBack();
    await pool.close(5);
  });

  it('that cannot be filled refuses at once those who come next', async () => {
    let attempts = 0;
    const open = (): Promise<PostgresConnection> => {
      attempts += 1;
      return Promise.reject(new Error('nobody listens'));
    };
    const pool = new PostgresPool({ size: 5, waitSeconds: 5, open });
    for (const _ of [1, 2, 3]) {
      const refused = await borrow(pool).lent.catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(StorageUnavailableError);
    }
    expect(attempts).toBe(1);
    await pool.close(5);
  });
});
