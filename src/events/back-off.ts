const FIRST_SECONDS = 5;
const LONGEST_SECONDS = 6 * 3600;
const GIVEN_UP_AFTER_SECONDS = 24 * 3600;

/**
 * When a delivery is tried again: after 5 seconds, then twice as long each time, up to 6 hours, with up to a quarter more
 * by chance, so that those that failed together do not come back together.
 *
 * @param attempts so far, this one included.
 * @param chance from 0 to 1.
 * @returns `undefined`: it would be more than a day after the event.
 */
export function nextAttemptAt(
  { attempts, createdAt }: { readonly attempts: number; readonly createdAt: Date },
  now: Date,
  chance: number,
): Date | undefined {
  const seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (attempts - 1)) * (1 + chance / 4);
  const next = new Date(now.getTime() + seconds * 1000);
  return isOver(createdAt, next) ? undefined : next;
}

/** Whether a delivery that was written then is not tried any more. */
export function isOver(createdAt: Date, at: Date): boolean {
  return at.getTime() - createdAt.getTime() > GIVEN_UP_AFTER_SECONDS * 1000;
}
