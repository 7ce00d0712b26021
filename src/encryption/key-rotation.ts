import { SecretUnreadableError } from './secret-box.ts';
import type { Secrets } from './secrets.ts';

/** Seals a text by the key in use; `undefined`: it is already. */
export type Reseal = (sealed: string, context: string) => Promise<string | undefined>;

/** Somewhere that sealed texts lie. */
export interface SealedPlace {
  /** `webhooks` */
  readonly name: string;
  /**
   * Seals some anew, those behind `after` in its own order. One that changes meanwhile is left as it then is.
   *
   * @returns how many, and where to go on; `undefined`: that was all.
   */
  reseal(after: string, reseal: Reseal): Promise<{ readonly resealed: number; readonly next: string | undefined }>;
}

export interface KeyRotationReport {
  /** Of the key in use now. */
  readonly keyId: string;
  readonly resealed: Readonly<Record<string, number>>;
  /** Texts whose key is not here: they stay as they are. */
  readonly unreadable: number;
  /** Whether old keys can go: nothing is sealed by them. In the file of the data folder they are gone. */
  readonly isComplete: boolean;
}

/** So often everything is looked at again, because something was sealed by the old key meanwhile. */
const MOST_PASSES = 5;

/**
 * Replaces the key by which secrets are sealed, and seals them all by the new one, some at a time. Stopped half-way, it
 * goes on when it is asked for again: old keys stay until nothing is sealed by them.
 */
export async function rotateKey(
  secrets: Secrets,
  places: readonly SealedPlace[],
  { signal, settleSeconds = SETTLE_SECONDS }: { readonly signal: AbortSignal; readonly settleSeconds?: number },
): Promise<KeyRotationReport> {
  const isFiled = await secrets.renewKey();
  const resealed: Record<string, number> = {};
  let unreadable = 0;
  const reseal: Reseal = async (sealed, context) => {
    try {
      return await secrets.reseal(sealed, context);
    } catch (error) {
      if (!(error instanceof SecretUnreadableError)) throw error;
      unreadable += 1;
      return undefined;
    }
  };
  let isComplete = false;
  for (let pass = 0; pass < MOST_PASSES && !isComplete; pass += 1) {
    unreadable = 0;
    // What was sealed before, and is not written yet, is found by the pass behind this.
    if (pass === 1) await settled(settleSeconds, signal);
    let found = 0;
    for (const place of places) {
      const count = await resealAll(place, reseal, signal);
      resealed[place.name] = (resealed[place.name] ?? 0) + count;
      found += count;
    }
    isComplete = found === 0 && pass > 0;
  }
  // An old key may be what opens them after all, where somebody mends a row.
  if (isFiled && isComplete && unreadable === 0) await secrets.forgetOld();
  return { keyId: await secrets.keyId(), resealed, unreadable, isComplete: isComplete && unreadable === 0 };
}

/** Longer than anybody takes between sealing a text and writing it: a webhook is asked first whether it wants to be one. */
const SETTLE_SECONDS = 45;

async function settled(seconds: number, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < seconds; waited += 1) {
    signal.throwIfAborted();
    await Bun.sleep(1000);
  }
}

async function resealAll(place: SealedPlace, reseal: Reseal, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (let after = ''; ;) {
    signal.throwIfAborted();
    const { resealed, next } = await place.reseal(after, reseal);
    count += resealed;
    if (next === undefined) return count;
    after = next;
  }
}
