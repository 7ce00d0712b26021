import { describe, expect, it } from 'bun:test';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { findBookmark } from '../bookmarks.ts';
import type { Database, LockMode, Transaction } from '../database.ts';
import { countIdentityChanges } from '../identity-changes.ts';
import { repositoryLock } from '../locks.ts';
import { ensureRepository, findRepositoryId } from '../repositories.ts';
import { insertSecret } from '../secrets.ts';
import { insertToken, recordTokenUse, revokeToken } from '../tokens.ts';
import { insertUser } from '../users.ts';
import { countOne, type OpenDatabase } from './database-contract.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const LOCK = repositoryLock(parseRepositoryName('team/app'));
const OTHER = repositoryLock(parseRepositoryName('team/other'));

/** What an engine does that several nodes open at once. */
export function sharedDatabaseContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const withTwo = (test: (one: Database, other: Database) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const [one, other] = await Promise.all([open(), open()]);
      await test(one, other);
      await one.close();
      await other.close();
    });

  describe(`${engine}, opened by two nodes`, () => {
    it(
      'says that it is shared, and shows each at once what the other wrote',
      withTwo(async (one, other) => {
        expect([one.isShared, other.isShared]).toEqual([true, true]);
        const id = await one.transaction((tx) => ensureRepository(tx, parseRepositoryName('a'), NOW));
        expect(await findRepositoryId(other, parseRepositoryName('a'))).toBe(id);
      }),
    );

    it(
      'gives one repository to all that make it at once, on both',
      withTwo(async (one, other) => {
        const makers = Array.from({ length: 40 }, (_, i) =>
          (i % 2 === 0 ? one : other).transaction((tx) => ensureRepository(tx, parseRepositoryName('a'), NOW)),
        );
        expect(new Set(await Promise.all(makers)).size).toBe(1);
      }),
    );

    it(
      'loses nothing of what both decide by reading under a lock',
      withTwo(async (one, other) => {
        const counting = Array.from({ length: 40 }, (_, i) =>
          (i % 2 === 0 ? one : other).transaction(async (tx) => {
            await tx.lock('exclusive', [LOCK]);
            await countOne(tx);
          }),
        );
        await Promise.all(counting);
        expect(await findBookmark(one, 'count')).toBe('40');
      }),
    );

    const cases: readonly (readonly [LockMode, LockMode, boolean])[] = [
      ['shared', 'shared', true],
      ['shared', 'exclusive', false],
      ['exclusive', 'shared', false],
      ['exclusive', 'exclusive', false],
    ];
    for (const [held, wanted, isCompatible] of cases) {
      it(
        `lets a ${wanted} lock ${isCompatible ? 'be taken beside' : 'wait for the end of'} a ${held} one`,
        withTwo(async (one, other) => {
          const order: string[] = [];
          const end = Promise.withResolvers<void>();
          const begun = Promise.withResolvers<void>();
          const holder = one.transaction(async (tx) => {
            await tx.lock(held, [LOCK]);
            begun.resolve();
            await end.promise;
            order.push('holder');
          });
          await begun.promise;
          const waiter = other.transaction(async (tx) => {
            await tx.lock(wanted, [LOCK, OTHER]);
            order.push('waiter');
          });
          // A lock that can be had is had before the holder is told to end; one that cannot is asked for by then.
          if (isCompatible) await waiter;
          else await other.transaction((tx) => ensureRepository(tx, parseRepositoryName('b'), NOW));
          end.resolve();
          await Promise.all([holder, waiter]);
          expect(order).toEqual(isCompatible ? ['waiter', 'holder'] : ['holder', 'waiter']);
        }),
      );
    }

    it(
      'leaves out of what is tried what another has, and gives it back at the end',
      withTwo(async (one, other) => {
        const tryBoth = (tx: Transaction) => tx.tryLock([LOCK, OTHER]);
        await one.transaction(async (tx) => {
          await tx.lock('shared', [LOCK]);
          expect(await other.transaction(tryBoth)).toEqual(new Set([OTHER]));
        });
        expect(await other.transaction(tryBoth)).toEqual(new Set([LOCK, OTHER]));
        const failed = one.transaction(async (tx) => {
          await tx.lock('exclusive', [LOCK]);
          throw new Error('refused');
        });
        await failed.catch(() => undefined);
        expect(await other.transaction(tryBoth)).toEqual(new Set([LOCK, OTHER]));
      }),
    );

    it(
      'counts what decides who may do what, and not when a token was used',
      withTwo(async (one, other) => {
        const user = { id: 'u', name: 'ada', passwordHash: 'x', isAdministrator: false, isConfigured: false };
        const token = { id: 't', name: 'ci', secretHash: 'aa', ownerId: null, scope: null, expiresAt: null };
        await one.transaction(async (tx) => {
          await insertUser(tx, user, NOW);
          await insertToken(tx, token, NOW);
          await insertSecret(tx, { id: 's', purpose: 'p', value: 'v' }, NOW);
        });
        const before = await countIdentityChanges(other);
        await one.transaction((tx) => recordTokenUse(tx, 't', NOW));
        expect(await countIdentityChanges(other)).toEqual(before);
        await one.transaction((tx) => revokeToken(tx, 't', NOW));
        const changed = await countIdentityChanges(other);
        const differing = [...changed].filter(([topic, number]) => number !== before.get(topic));
        expect(differing.map(([topic]) => topic)).toEqual(['tokens']);
      }),
    );
  });
}
