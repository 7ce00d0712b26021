import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Transaction } from '../metadata/database.ts';
import { quotaListLock, quotaLock } from '../metadata/locks.ts';
import {
  listQuotasOf,
  saveWarnedPercent,
  type QuotaAmounts,
  type QuotaKind,
  type QuotaRow,
} from '../metadata/quotas.ts';
import { QuotaExceededError } from '../oci/errors.ts';
import { amountInWords } from './quota-words.ts';

/** What a transaction is about to add to one repository. */
export interface Addition extends QuotaAmounts {}

export const NOTHING: Addition = { bytes: 0, manifests: 0, tags: 0 };

/** Whoever adds it, and when. */
export interface AddedBy {
  readonly actor: Actor;
  readonly now: Date;
}

export const KINDS = ['bytes', 'manifests', 'tags'] as const satisfies readonly QuotaKind[];

/**
 * Nobody may pass a quota, and nobody shall wait for one that is far away. So whoever adds at most this part of it shares
 * its lock while less than {@link FAR} is used: as many as {@link AT_ONCE} of them, none of whom sees what the others add,
 * cannot use more than the part between {@link FAR} and {@link NEAR}. All others have it for themselves.
 */
const FAR = 0.7;
const NEAR = 0.8;
const AT_ONCE = 400;
const SMALL_PART = (NEAR - FAR) / AT_ONCE;

/** Of what may be used, in percent: from there on administrators are told, once. */
const THRESHOLDS = [95, 80] as const;
/** What has to be left again before the same threshold is told of again, in percent. */
const HYSTERESIS = 5;

/**
 * Decides whether what is to be added fits into every quota of the repository, and holds the decision until the
 * transaction ends. To be called once in it, after the locks of repositories and before anything is added.
 *
 * @param addition what is really new; asked for only where there is a quota.
 * @returns a sentence for the client, from the first threshold on.
 * @throws {QuotaExceededError} it does not fit; nothing is kept of the transaction.
 */
export async function checkQuotas(
  tx: Transaction,
  repositoryId: number,
  addition: Addition | (() => Promise<Addition>),
  by: AddedBy,
): Promise<string | undefined> {
  const quotas = await listQuotasOf(tx, repositoryId);
  if (quotas.length === 0) return undefined;
  const added = typeof addition === 'function' ? await addition() : addition;
  if (KINDS.every((kind) => added[kind] <= 0)) return undefined;
  await tx.lock('shared', [quotaListLock()]);
  const names = quotas.map(({ id }) => quotaLock(id));
  const mayShare = quotas.every((quota) => isFar(quota, added, FAR));
  await tx.lock(mayShare ? 'shared' : 'exclusive', names);
  let current = await listQuotasOf(tx, repositoryId);
  if (mayShare && current.every((quota) => isFar(quota, added, NEAR))) return undefined;
  if (mayShare) {
    // Others came first, while we waited for the lock.
    await tx.lock('exclusive', names);
    current = await listQuotasOf(tx, repositoryId);
  }
  for (const quota of current) refuseOverflow(quota, added);
  for (const quota of current) await tellOfThreshold(tx, quota, { added, by });
  return warningOf(current, added);
}

function isFar({ limits, used, warnedPercent }: QuotaRow, added: Addition, part: number): boolean {
  // One that was warned of is looked at by one after the other until that is taken back.
  if (warnedPercent > 0) return false;
  return KINDS.every((kind) => {
    const limit = limits[kind];
    return limit === null || (added[kind] <= limit * SMALL_PART && used[kind] + added[kind] <= limit * part);
  });
}

/** @throws {QuotaExceededError} what is added does not fit into what is left. */
export function refuseOverflow({ pattern, limits, used }: QuotaRow, added: Addition): void {
  for (const kind of KINDS) {
    const limit = limits[kind];
    if (limit === null || added[kind] <= 0 || used[kind] + added[kind] <= limit) continue;
    const [may, has, needs] = [limit, used[kind], added[kind]].map((amount) => amountInWords(kind, amount));
    throw new QuotaExceededError(
      `quota exceeded: repositories ${pattern} may hold ${may}, hold ${has}, and this needs ${needs} more. ` +
        'Delete images that are no longer needed, or ask an administrator for a larger quota',
      { quota: pattern, kind, limit, used: used[kind], needed: added[kind] },
    );
  }
}

/** Such as 80, when so much of the fullest kind is used; 0 below all thresholds. */
function percentOf({ limits, used }: QuotaRow, added: Addition): number {
  const parts = KINDS.map((kind) => {
    const limit = limits[kind];
    if (limit === null) return 0;
    return limit === 0 ? 100 : ((used[kind] + added[kind]) / limit) * 100;
  });
  return Math.max(...parts);
}

async function tellOfThreshold(
  tx: Transaction,
  quota: QuotaRow,
  { added, by }: { readonly added: Addition; readonly by: AddedBy },
): Promise<void> {
  const percent = percentOf(quota, added);
  const passed = THRESHOLDS.find((threshold) => percent >= threshold) ?? 0;
  if (passed < quota.warnedPercent && percent < quota.warnedPercent - HYSTERESIS) {
    await saveWarnedPercent(tx, quota.id, passed);
  }
  if (passed <= quota.warnedPercent) return;
  await saveWarnedPercent(tx, quota.id, passed);
  const used = Object.fromEntries(KINDS.map((kind) => [kind, quota.used[kind] + added[kind]]));
  const details = { pattern: quota.pattern, percent: passed, used, limits: quota.limits };
  await appendAudit(tx, by.actor, { action: 'quota.warning', details }, by.now);
}

function warningOf(quotas: readonly QuotaRow[], added: Addition): string | undefined {
  const lowest = THRESHOLDS[THRESHOLDS.length - 1] ?? 100;
  const full = quotas.find((quota) => percentOf(quota, added) >= lowest);
  if (full === undefined) return undefined;
  return `${Math.floor(percentOf(full, added))} % of the quota of repositories ${full.pattern} is used`;
}
