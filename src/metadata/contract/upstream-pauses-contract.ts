import { describe, expect, it } from 'bun:test';
import { findUpstreamPause, saveUpstreamPause } from '../upstream-pauses.ts';
import type { OpenDatabase } from './database-contract.ts';

/** What every engine must keep of the pauses that upstreams asked for. */
export function upstreamPausesContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  describe(`pauses of upstreams in ${engine}`, () => {
    it(
      'are the longest that was asked for, and forgotten when they are over',
      withDatabase(async (open) => {
        const db = await open();
        const save = async (upstream: string, until: number, now: number): Promise<void> =>
          await db.transaction((tx) => saveUpstreamPause(tx, { upstream, until }, now));
        expect(await findUpstreamPause(db, 'ghcr.io')).toBeUndefined();
        await save('ghcr.io', 2000, 1000);
        await save('ghcr.io', 1500, 1000);
        expect(await findUpstreamPause(db, 'ghcr.io')).toBe(2000);
        await save('ghcr.io', 3000, 1000);
        expect(await findUpstreamPause(db, 'ghcr.io')).toBe(3000);
        expect(await findUpstreamPause(db, 'ghcr.io (octo)')).toBeUndefined();
        await save('quay.io', 9000, 3000);
        expect(await findUpstreamPause(db, 'ghcr.io')).toBeUndefined();
        expect(await findUpstreamPause(db, 'quay.io')).toBe(9000);
      }),
    );

    it(
      'are the longest of many that are told at once',
      withDatabase(async (open) => {
        const db = await open();
        const untils = Array.from({ length: 20 }, (_, number) => 2000 + ((number * 7) % 20));
        const save = async (until: number): Promise<void> =>
          await db.transaction((tx) => saveUpstreamPause(tx, { upstream: 'ghcr.io', until }, 1000));
        await Promise.all(untils.map(save));
        expect(await findUpstreamPause(db, 'ghcr.io')).toBe(2019);
      }),
    );
  });
}
