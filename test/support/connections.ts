import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Connections, type ConnectionsSettings } from '../../src/connections/connections.ts';
import { Upstreams } from '../../src/egress/upstreams.ts';
import { Secrets } from '../../src/encryption/secrets.ts';
import type { Database } from '../../src/metadata/database.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { PROVIDERS } from '../../src/providers/registry.ts';

export interface ConnectionsOptions {
  readonly db: Database;
  /** Of the key of secrets. */
  readonly folder: string;
  readonly now: () => Date;
  readonly secrets?: Secrets;
  /** Default: all there are. */
  readonly providers?: readonly Provider[];
  readonly settings?: Partial<ConnectionsSettings>;
  /** Default: to nobody. */
  readonly isAmbientAllowed?: (project: string) => boolean;
}

/** Connections to registries of this machine. */
export function openTestConnections({
  db,
  folder,
  now,
  providers,
  settings,
  ...options
}: ConnectionsOptions): Connections {
  return new Connections({
    db,
    secrets: options.secrets ?? new Secrets({ key: undefined, file: join(folder, 'secrets.key'), isShared: false }),
    providers: providers ?? PROVIDERS,
    upstreams: new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test' }),
    isAmbientAllowed: options.isAmbientAllowed ?? (() => false),
    settings: { rotateAfterDays: 90, checkSeconds: 3600, keepOldHours: 24, ...settings },
    now,
    random: randomBytes,
  });
}
