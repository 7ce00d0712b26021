import { join } from 'node:path';
import type { Config } from '../config.ts';
import { sealedConnections } from '../connections/sealed-connections.ts';
import type { SealedPlace } from '../encryption/key-rotation.ts';
import { Secrets } from '../encryption/secrets.ts';
import { sealedWebhooks } from '../events/sealed-webhooks.ts';
import type { Database } from '../metadata/database.ts';

/** What secrets are sealed by that have to be said again to others. */
export function openSecrets({ data, secrets }: Config, { isShared }: Pick<Database, 'isShared'>): Secrets {
  const { key, previousKeys, keyCommand } = secrets;
  return new Secrets({
    key: key?.reveal(),
    previousKeys:
      previousKeys
        ?.reveal()
        .split(/[,\s]+/)
        .filter((text) => text !== '') ?? [],
    command: keyCommand,
    file: join(data, 'secrets.key'),
    isShared,
  });
}

/** Everything that is sealed. */
export function sealedPlaces(db: Database): readonly SealedPlace[] {
  return [sealedWebhooks(db), sealedConnections(db)];
}
