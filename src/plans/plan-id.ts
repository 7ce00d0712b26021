import { randomBytes } from 'node:crypto';

/** Short enough to be copied by hand, and the later one is the greater one: lists are in the order of time. */
export function newPlanId(now: Date): string {
  return `${now.getTime().toString(36)}-${randomBytes(4).toString('hex')}`;
}
