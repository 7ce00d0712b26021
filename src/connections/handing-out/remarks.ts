import type { HandedOut } from './hand-out.ts';

/** Credentials that end so soon are of the short-lived kind: whatever holds them has to be made again. */
const SOON_HOURS = 24;

/** What whoever keeps these credentials should know, a sentence each. */
export function remarksOn({ connection, expiresAt, key }: HandedOut, now: Date): readonly string[] {
  const remarks: string[] = [];
  const hours = expiresAt === undefined ? Infinity : (expiresAt.getTime() - now.getTime()) / 3_600_000;
  if (hours <= SOON_HOURS) {
    remarks.push(
      `The password for ${key} ends at ${expiresAt?.toISOString()}: get another at half that time, or let docker-credential-havre do it.`,
    );
  }
  if (connection.isPlainHttp) {
    remarks.push(`${key} has no TLS: docker wants it among the insecure-registries of its daemon.`);
  }
  return remarks;
}
