import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { ConnectionChecker } from '../connections/checker.ts';
import { Connections } from '../connections/connections.ts';
import { pausesInDatabase } from '../connections/pauses-in-database.ts';
import { trimChecks } from '../connections/trim-checks.ts';
import { Upstreams } from '../egress/upstreams.ts';
import type { Secrets } from '../encryption/secrets.ts';
import type { Job } from '../jobs/schedule.ts';
import type { Database } from '../metadata/database.ts';
import { allProviders, PROVIDERS } from '../providers/registry.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Content } from './content.ts';
import { machineIdentity } from './machine-identity.ts';
import { VERSION } from './version.ts';

export interface RemoteRegistries {
  readonly connections: Connections;
  readonly checker: ConnectionChecker;
}

export interface RemoteRegistriesParts {
  readonly db: Database;
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly now: () => Date;
}

/** The registries of others that this one knows, and what tries them. */
export async function openRemoteRegistries(
  config: Config,
  { db, secrets, log, now }: RemoteRegistriesParts,
): Promise<RemoteRegistries> {
  const { allow, authorities } = config.egress;
  const { rotateAfterDays, checkSeconds, checksAtOnce, keepOldSecretHours } = config.registries;
  const upstreams = new Upstreams({
    allow,
    userAgent: `havre/${VERSION}`,
    ...(db.isShared && { pauses: pausesInDatabase(db, now) }),
    ...(authorities !== undefined && { authorities: await readFile(authorities, 'utf8') }),
  });
  const { ambientAws } = config.registries;
  const isAmbientAllowed = (project: string): boolean => ambientAws === 'all' || ambientAws.includes(project);
  const providers = ambientAws.length === 0 ? PROVIDERS : allProviders({ ambient: machineIdentity() });
  const connections = new Connections({
    db,
    secrets,
    providers,
    isAmbientAllowed,
    upstreams,
    settings: { rotateAfterDays, checkSeconds, keepOldHours: keepOldSecretHours },
    now,
    random: randomBytes,
  });
  const onFailure = (registry: string, err: unknown): void =>
    log.error({ registry, err }, 'a registry could not be checked; it is tried again');
  const checker = new ConnectionChecker({
    ...connections.works,
    db,
    now,
    atOnce: checksAtOnce,
    rotateAfterDays,
    onFailure,
  });
  return { connections, checker };
}

/** So late a check may be. */
const LOOK_SECONDS = 15;
const TRIM_SECONDS = 3600;

export function remoteRegistryJobs({ registries }: Config, { db, gate, registries: remote }: Content): readonly Job[] {
  const check: Job = {
    name: 'check-registries',
    seconds: LOOK_SECONDS,
    work: async (signal) => {
      if (!gate.isClosed) await remote.checker.checkDue(signal);
    },
  };
  const trim: Job = {
    name: 'trim-registry-checks',
    seconds: TRIM_SECONDS,
    work: (signal) => trimChecks(db, registries.keepChecks, signal),
  };
  return [...(registries.checkSeconds > 0 ? [check] : []), trim];
}
