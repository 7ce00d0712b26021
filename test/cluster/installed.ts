import { postgresFolder } from '../support/postgres-server.ts';
import { S3_PROGRAMS, s3Program } from '../support/s3-server.ts';

/** Whether a server that a cluster is built on can be started here. */
export function isInstalled(what: 'postgres' | 's3'): boolean {
  if (what === 'postgres') return postgresFolder() !== undefined;
  return S3_PROGRAMS.some((program) => s3Program(program) !== undefined);
}
