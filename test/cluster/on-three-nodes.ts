import { resolve } from 'node:path';
import { PostgresServer } from '../support/postgres-server.ts';
import { S3Server, S3_PROGRAMS } from '../support/s3-server.ts';
import { backendVariables } from './backends.ts';
import { leftOut } from './left-out.ts';

const BUN = resolve(import.meta.dirname, '../../bin/bun.js');

/**
 * Runs other tests with three nodes on PostgreSQL and S3 behind a load balancer wherever they start a Havre:
 *
 *     on-three-nodes.ts test ./test/journeys
 *     on-three-nodes.ts test/conformance/run.ts
 *
 * `TEST_S3` names the server of S3, `TEST_BALANCER` the balancer (haproxy, or nginx where the nodes have no TLS).
 */
async function main(): Promise<number> {
  const [command = '', ...paths] = process.argv.slice(2);
  const program = S3_PROGRAMS.find((name) => name === process.env['TEST_S3']);
  await using database = await PostgresServer.start();
  await using storage = await S3Server.start({ program });
  const env = {
    ...process.env,
    TEST_TOPOLOGY: 'cluster',
    ...backendVariables(database.url('postgres'), storage.storage('tests'), storage.credentials),
  };
  const tests = command === 'test' ? leftOut(paths) : paths;
  console.log(`three nodes on PostgreSQL and ${storage.program}`);
  const child = Bun.spawn(['node', BUN, command, ...tests], {
    env,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  const end = (signal: NodeJS.Signals) => (): void => child.kill(signal);
  process.once('SIGINT', end('SIGINT'));
  process.once('SIGTERM', end('SIGTERM'));
  return await child.exited;
}

process.exitCode = await main();
