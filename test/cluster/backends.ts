import { createDatabase } from '../support/postgres-server.ts';

/** The PostgreSQL and the S3 that the tests of one process share, as `on-three-nodes.ts` hands them down. */
const DATABASE = 'TEST_BACKENDS_DATABASE';
const STORAGE = 'TEST_BACKENDS_STORAGE';
const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;

/** Environment variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a process of tests is told. @param storage as `HAVRE_STORAGE`. */
export function backendVariables(database: string, storage: string, credentials: Variables): Variables {
  return { [DATABASE]: database, [STORAGE]: storage, ...credentials };
}

/** A database and a prefix of their own, which are new the first time that `name` is asked for. As Havre is told of them. */
export async function ownBackends(name: string): Promise<Variables> {
  const storage = new URL(variable(STORAGE));
  storage.pathname += `/${name}`;
  return {
    HAVRE_DATABASE_URL: await createDatabase(variable(DATABASE), name),
    HAVRE_STORAGE: storage.href,
    ...Object.fromEntries(CREDENTIALS.map((credential) => [credential, variable(credential)])),
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start the tests with test/cluster/on-three-nodes.ts`);
  return value;
}
