import type { DockerLogin } from '../account.ts';

/** `Authorization` of a username and a password. @see RFC 7617 */
export function basicOf({ username, password }: DockerLogin): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
