import { join } from 'node:path';
import type { Config } from '../config.ts';
import { Secrets } from '../encryption/secrets.ts';
import type { Database } from '../metadata/database.ts';

/** What secrets are sealed by that have to be said again to others. */
export function openSecrets({ data, secrets }: Config, { isShared }: Pick<Database, 'isShared'>): Secrets {
  return new Secrets({ key: secrets.key?.reveal(), file: join(data, 'secrets.key'), isShared });
}
