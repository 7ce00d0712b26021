import { StorageUnavailableError } from '../oci/errors.ts';
import { blobCheck } from './blob-check.ts';
import type { Check, CheckName, Finding, VerificationParts } from './finding.ts';
import { leftoverCheck } from './leftover-check.ts';
import { LostBlobs } from './lost-blobs.ts';
import { manifestCheck } from './manifest-check.ts';
import { counted as countedWith, saveScrubState, type ScrubCounts } from './scrub-state.ts';
import { referenceCheck } from './reference-check.ts';

export interface VerifyOptions {
  readonly full: boolean;
  /** Do what the findings say would be done, after all of them were told. */
  readonly repair: boolean;
  readonly signal: AbortSignal;
}

/** What is said while it goes on. */
export type VerifyEvent =
  | ({ readonly event: 'progress' } & VerifyProgress)
  | { readonly event: 'finding'; readonly finding: Finding }
  | { readonly event: 'repaired'; readonly finding: Finding };

export interface VerifyProgress {
  readonly check: CheckName;
  /** Looked at so far, in this check. */
  readonly count: number;
  /** Read so far. */
  readonly bytes: number;
}

export interface VerifyReport {
  readonly full: boolean;
  readonly checked: Readonly<Record<CheckName, number>>;
  readonly bytes: number;
  readonly findings: number;
  readonly repaired: number;
  /** Findings that no repair of ours mends, or that were not to be repaired. */
  readonly remaining: number;
}

/** Repairs that are remembered for the end. Whoever has more of them runs it again. */
const MOST_REPAIRS = 100_000;

/** In the order in which they are to be made: blobs first, so that a copy of lost bytes is known among the leftovers. */
export function checksOf(parts: VerificationParts): readonly Check[] {
  const lost = new LostBlobs();
  return [blobCheck(parts, lost), leftoverCheck(parts, lost), referenceCheck(parts), manifestCheck(parts)];
}

/**
 * Compares facts with bytes while everybody goes on pushing and pulling. A copy that was found is taken before anything
 * is forgotten for want of it.
 *
 * @throws {StorageUnavailableError} a repair is asked for, and most of the store is not there.
 */
export async function* verify(
  parts: VerificationParts,
  { full, repair, signal }: VerifyOptions,
): AsyncGenerator<VerifyEvent, VerifyReport> {
  const checked: Record<CheckName, number> = { blobs: 0, leftovers: 0, references: 0, manifests: 0 };
  const repairable: Finding[] = [];
  const startedAt = parts.now().getTime();
  let [bytes, findings, lost] = [0, 0, 0];
  let [counts, unrepaired] = [NOTHING_WRONG, NOTHING_WRONG];
  for (const check of checksOf(parts)) {
    const pace = async (): Promise<void> => undefined;
    for await (const look of check.run({ after: undefined, full, signal, pace })) {
      checked[check.name] += look.count;
      bytes += look.bytes;
      for (const suspect of look.suspects) {
        const finding = await suspect();
        if (finding === undefined) continue;
        findings += 1;
        counts = countedWith(counts, finding.kind);
        if (finding.kind === 'bytes-lost') lost += 1;
        if (finding.repair === undefined) unrepaired = countedWith(unrepaired, finding.kind);
        yield { event: 'finding', finding };
        if (finding.repair !== undefined && repairable.length < MOST_REPAIRS) repairable.push(finding);
      }
      yield { event: 'progress', check: check.name, count: checked[check.name], bytes };
    }
  }
  let repaired = 0;
  if (repair) {
    refuseWithoutStore(checked, lost);
    for (const finding of repairable.toSorted((a, b) => rank(a) - rank(b))) {
      signal.throwIfAborted();
      await finding.repair?.apply();
      repaired += 1;
      yield { event: 'repaired', finding };
    }
  }
  if (full) await noteForScrub(parts, startedAt, repair ? unrepaired : counts);
  return { full, checked, bytes, findings, repaired, remaining: findings - repaired };
}

/** So many blobs may lose their bytes one by one, whatever share of all it is. */
const FEW_LOST = 10;

/**
 * Where nothing is left of a store, or less than half, it is rather the wrong one: a disk that is not mounted, another
 * bucket. To forget its blobs would have garbage collection delete them when it is back.
 *
 * @throws {StorageUnavailableError}
 */
function refuseWithoutStore({ blobs, leftovers }: VerifyReport['checked'], lost: number): void {
  const isEmpty = lost > 0 && lost === blobs && leftovers === 0;
  if (!isEmpty && (lost <= FEW_LOST || lost * 2 <= blobs)) return;
  throw new StorageUnavailableError(
    `the store lacks ${lost} of ${blobs} blobs: is its disk mounted, is it the right bucket? Nothing was repaired. If they are lost for good, begin again from a backup: havre restore`,
  );
}

const NOTHING_WRONG: ScrubCounts = { corrupt: 0, missing: 0 };

/** All was read just now: the scrub need not do it again soon, and what it found before is found again or mended. */
async function noteForScrub({ db, now }: VerificationParts, startedAt: number, counts: ScrubCounts): Promise<void> {
  const last = { ...counts, startedAt, completedAt: now().getTime() };
  // Where nothing can be written now, the scrub knows what it knew.
  await saveScrubState(db, { last }, now()).catch(() => undefined);
}

function rank({ kind }: Finding): number {
  return kind === 'copy-found' ? 0 : 1;
}
