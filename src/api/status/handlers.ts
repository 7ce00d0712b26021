import { countEverything } from '../../metadata/totals.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { readStatus } from './contract.ts';

type StatusParts = Pick<AdminParts, 'database' | 'freeBytes' | 'checkParts' | 'version' | 'startedAt' | 'now'>;

export function statusEndpoints({
  database,
  freeBytes,
  checkParts,
  version,
  startedAt,
  now,
}: StatusParts): readonly Endpoint[] {
  return [
    endpoint(readStatus, async () => {
      const { blobBytes, ...counts } = await countEverything(database);
      return {
        version,
        startedAt: startedAt.toISOString(),
        uptimeSeconds: Math.max(0, (now().getTime() - startedAt.getTime()) / 1000),
        storage: { bytes: blobBytes, freeBytes: (await freeBytes()) ?? null },
        counts,
        parts: [...(await checkParts())],
      };
    }),
  ];
}
