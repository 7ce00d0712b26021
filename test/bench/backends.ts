import { postgresFolder } from '../support/postgres-server.ts';
import { s3Program, S3Server, type S3Program } from '../support/s3-server.ts';

/** Those that keep objects on the disk: one that keeps them in memory measures nothing that anybody runs. */
const ON_DISK: readonly S3Program[] = ['versitygw', 'minio'];

/** Why there is no PostgreSQL here; `undefined` when there is. */
export function missingPostgres(): string | undefined {
  return postgresFolder() === undefined ? 'PostgreSQL is not installed (Debian: postgresql)' : undefined;
}

/** Why there is no S3 here; `undefined` when there is. */
export function missingS3(): string | undefined {
  return s3OnDisk() === undefined ? `none of ${ON_DISK.join(', ')} is in PATH or ~/go/bin: run .ci/tools` : undefined;
}

/** Why there is no load balancer here; `undefined` when there is. */
export function missingHaproxy(): string | undefined {
  const PATH = `${process.env['PATH']}:/usr/sbin`;
  return Bun.which('haproxy', { PATH }) === null ? 'haproxy is not installed' : undefined;
}

/** An empty server of S3. */
export async function startS3(): Promise<S3Server> {
  return await S3Server.start({ program: s3OnDisk() });
}

function s3OnDisk(): S3Program | undefined {
  return ON_DISK.find((program) => s3Program(program) !== undefined);
}
