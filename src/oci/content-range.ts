import type { ByteRange } from './byte-range.ts';
import { SizeInvalidError } from './errors.ts';

const CONTENT_RANGE = /^(?:bytes )?(\d+)-(\d+)(?:\/(\d+|\*))?$/;

/**
 * Reads the `Content-Range` of a chunk. distribution-spec writes `0-99`; RFC 9110 writes `bytes 0-99/200`, and some
 * clients do too.
 *
 * @throws {SizeInvalidError} neither, or an end before the start or beyond the total.
 * @see distribution-spec v1.1.1 §Pushing a blob in chunks
 */
export function parseContentRange(header: string): ByteRange {
  const match = CONTENT_RANGE.exec(header.trim());
  if (match === null) throw new SizeInvalidError('Content-Range must be <first byte>-<last byte>');
  const first = Number(match[1]);
  const last = Number(match[2]);
  const total = match[3] === undefined || match[3] === '*' ? Infinity : Number(match[3]);
  if (first > last || last >= total || !Number.isSafeInteger(last)) {
    throw new SizeInvalidError('Content-Range does not name a range of bytes');
  }
  return { first, last };
}

/**
 * The `Range` header of a session that has received `offset` bytes. Its ends are included, so an empty session cannot
 * be told from one of 1 byte; `0--1` would be consistent, and breaks clients.
 */
export function formatUploadRange(offset: number): string {
  return `0-${Math.max(0, offset - 1)}`;
}
