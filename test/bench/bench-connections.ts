import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectionChecker } from '../../src/connections/checker.ts';
import type { Connections } from '../../src/connections/connections.ts';
import { ALL_RIGHTS, type Fake } from '../fakes/fake.ts';
import { SOMEBODY } from '../support/actor.ts';
import { openTestConnections } from '../support/connections.ts';
import { openTestDatabase } from '../support/test-database.ts';
import type { Bench } from './row.ts';

/** As `registries.checksAtOnce` is. */
const CHECKS_AT_ONCE = 16;
const LOGIN = { username: 'ada', secret: 'a-long-enough-secret' };

/** Connections and what tries them, as a node has them, with a database of their own and the usual way out. */
export interface BenchConnections extends AsyncDisposable {
  readonly connections: Connections;
  readonly checker: ConnectionChecker;
  readonly failures: readonly unknown[];
  /** To a registry that lets us in. @returns its id. */
  connect(name: string, fake: Fake): Promise<string>;
}

export async function openBenchConnections(bench: Bench): Promise<BenchConnections> {
  const folder = await mkdtemp(join(bench.folder, 'connections-'));
  const db = await openTestDatabase(folder);
  const now = (): Date => new Date();
  const connections = openTestConnections({ db, folder, now });
  const failures: unknown[] = [];
  const checker = new ConnectionChecker({
    ...connections.works,
    db,
    now,
    atOnce: CHECKS_AT_ONCE,
    rotateAfterDays: 90,
    onFailure: (_, error) => void failures.push(error),
  });
  return {
    connections,
    checker,
    failures,
    connect: async (name, fake) => {
      fake.users.set(LOGIN.username, { ...LOGIN, rights: ALL_RIGHTS });
      const { id } = await connections.add('bench', { name, url: fake.url, ...LOGIN }, SOMEBODY);
      return id;
    },
    [Symbol.asyncDispose]: async () => {
      await db.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
