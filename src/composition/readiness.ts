import { countUploads } from '../metadata/uploads.ts';
import { Health } from '../telemetry/health.ts';
import type { Installation } from './installation.ts';

/** Ready is: the facts can be read, and the store takes bytes. */
export function healthOf({ content }: Installation): Health {
  const health = new Health();
  health.add('database', async () => void (await countUploads(content.db)));
  health.add('storage', () => content.store.check());
  return health;
}
