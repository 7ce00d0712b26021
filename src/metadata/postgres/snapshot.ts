import type { Queryable } from '../database.ts';
import { PostgresConnection, type ConnectionPurpose } from './connection.ts';
import { translatePostgresError } from './postgres-errors.ts';
import { PostgresQuestions } from './questions.ts';

/** Shows `work` one moment of the database, on a connection of its own. */
export async function inSnapshot<Result>(
  purpose: ConnectionPurpose,
  work: (facts: Queryable) => Promise<Result>,
): Promise<Result> {
  const connection = await PostgresConnection.open(purpose).catch((error: unknown) => {
    throw translatePostgresError(error);
  });
  const watch = setInterval(() => connection.checkDeadline(performance.now()), 1000);
  watch.unref();
  try {
    await connection.command('begin isolation level repeatable read read only');
    // The first question settles the moment.
    await connection.run('select 1');
    return await work(new PostgresQuestions((ask) => ask(connection)));
  } catch (error) {
    throw translatePostgresError(error);
  } finally {
    clearInterval(watch);
    connection.destroy();
  }
}
