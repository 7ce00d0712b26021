import type { AskedDatabase, DatabaseAnswer } from '../cli-host.ts';
import { durationInWords } from '../wording.ts';
import { fail, ok, warn, type Finding } from './check.ts';

const ABOUT = 'database';
/** Leases and tokens are judged by the clock of each node. */
const TOLERATED_SECONDS = 5;
/** Two nodes, and another one during an upgrade. */
const NODES = 3;
/** For whoever looks after it, and what the server keeps for itself. */
const SPARE_CONNECTIONS = 10;

/** @param asked `undefined`: the facts are not in PostgreSQL. */
export function checkDatabase(asked: AskedDatabase | undefined): readonly Finding[] {
  if (asked === undefined) return [];
  if ('failure' in asked) return [fail(ABOUT, asked.failure, 'The server does not start without its database.')];
  return [checkServer(asked), ...checkWire(asked), ...checkConnections(asked), ...checkTime(asked)];
}

function checkServer({ place, version, unusable, isReadOnly }: DatabaseAnswer): Finding {
  if (unusable !== undefined) return fail(ABOUT, unusable, 'The server does not start with it.');
  if (isReadOnly) {
    return warn(
      ABOUT,
      `PostgreSQL at ${place} is read-only: nothing can be pushed.`,
      'Name the primary in HAVRE_DATABASE_URL.',
    );
  }
  return ok(ABOUT, `PostgreSQL ${version} answers at ${place}.`);
}

function checkWire({ place, isEncrypted, isLocal }: DatabaseAnswer): readonly Finding[] {
  if (isEncrypted || isLocal) return [];
  return [
    warn(
      'database TLS',
      `What is said to PostgreSQL at ${place} can be read on the way.`,
      'Add ?sslmode=verify-full&sslrootcert=FILE to HAVRE_DATABASE_URL.',
    ),
  ];
}

function checkConnections({ maxConnections, poolSize }: DatabaseAnswer): readonly Finding[] {
  const wanted = NODES * (poolSize + 1) + SPARE_CONNECTIONS;
  if (maxConnections >= wanted) return [];
  return [
    warn(
      'database connections',
      `PostgreSQL takes ${maxConnections} connections, and two nodes with one more during an upgrade want ${wanted}.`,
      'Raise max_connections of PostgreSQL, or lower HAVRE_DATABASE_POOL_SIZE.',
    ),
  ];
}

function checkTime({ place, time, ourTime }: DatabaseAnswer): readonly Finding[] {
  const seconds = Math.abs(time.getTime() - ourTime.getTime()) / 1000;
  if (seconds <= TOLERATED_SECONDS) return [];
  return [
    warn(
      'database clock',
      `The clock and that of PostgreSQL at ${place} differ by ${durationInWords(Math.round(seconds))}.`,
      'Set both (timedatectl set-ntp true): what one node does at a time is agreed on by the clock.',
    ),
  ];
}
