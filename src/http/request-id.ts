import { randomBytes } from 'node:crypto';

/** Long enough for UUIDs and trace ids, short enough for a log line; nothing that could forge a line or a header. */
const SANE = /^[A-Za-z0-9._:+/=@-]{1,128}$/;

/** Drawn once, so that an id costs no cryptography per request and still differs from those of another process. */
const PROCESS_PREFIX = randomBytes(5).toString('hex');
let count = 0;

/** A short id, unique among the requests of every process that shares a log. It is not a secret. */
export function newRequestId(): string {
  count += 1;
  return `${PROCESS_PREFIX}-${count.toString(36)}`;
}

/** The id a proxy gave the request, or `undefined` when it is absent or could harm a log line. */
export function saneRequestId(header: string | null): string | undefined {
  return header !== null && SANE.test(header) ? header : undefined;
}
