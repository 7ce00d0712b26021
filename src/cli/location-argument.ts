import { resolve } from 'node:path';

/** A folder as the server will find it, wherever it was started; anything with a scheme as it is. */
export function locationOf(text: string): string {
  return /^[a-z0-9+]+:\/\//i.test(text) ? text : resolve(text);
}
