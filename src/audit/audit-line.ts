import { createHash } from 'node:crypto';
import type { AuditRow, ChainLink } from '../metadata/audit-rows.ts';

/** One line of an export: what was recorded, and its place in the chain. */
export interface AuditLine {
  readonly sequence: number;
  readonly at: string;
  readonly action: string;
  readonly outcome: AuditRow['outcome'];
  readonly principal: { readonly id: string; readonly kind: string; readonly name: string };
  readonly source: string | null;
  readonly client: string | null;
  readonly requestId: string | null;
  readonly repository: string | null;
  readonly digest: string | null;
  readonly tag: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;
  readonly previousHash: string;
  readonly hash: string;
}

/** What the first row of a chain has before it. */
export const GENESIS: ChainLink = { sequence: 0, hash: '0'.repeat(64) };

/** What stands between what is hashed and the end of a line: `,"hash":"<64 hex digits>"}`. */
const BEFORE_HASH = ',"hash":"';

/**
 * The hash of a row at its place: SHA-256 of its line in an export, up to where its own hash begins. The hash of the row
 * before is in it, so that nothing before can change without changing all that follows.
 *
 * @see docs/audit.md, which tells everybody how to do the same.
 */
export function hashOf(row: AuditRow, place: Pick<AuditLine, 'sequence' | 'previousHash'>): string {
  return hashText(JSON.stringify(contentOf(row, place)).slice(0, -1));
}

/** The line of a row that has its place. Its fields are in the order in which they are hashed. */
export function lineOf(row: AuditRow, place: Pick<AuditLine, 'sequence' | 'previousHash' | 'hash'>): AuditLine {
  return { ...contentOf(row, place), hash: place.hash };
}

/** Whether a line of an export carries the hash of what it says. @param text without its line break. */
export function isLineGenuine(text: string, hash: string): boolean {
  const end = text.lastIndexOf(BEFORE_HASH);
  return text.slice(end) === `${BEFORE_HASH}${hash}"}` && hashText(text.slice(0, end)) === hash;
}

function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function contentOf(row: AuditRow, { sequence, previousHash }: Pick<AuditLine, 'sequence' | 'previousHash'>) {
  return {
    sequence,
    at: new Date(row.at).toISOString(),
    action: row.action,
    outcome: row.outcome,
    principal: { id: row.principalId, kind: row.principalKind, name: row.principalName },
    source: row.source,
    client: row.client,
    requestId: row.requestId,
    repository: row.repository,
    digest: row.digest,
    tag: row.tag,
    details: detailsOf(row),
    previousHash,
  };
}

/** What cannot be read any more was not written by us: it is told as it is, and has another hash than it had. */
export function detailsOf({ details }: Pick<AuditRow, 'details'>): AuditLine['details'] {
  if (details === null) return null;
  try {
    const parsed: unknown = JSON.parse(details);
    const isOurs = typeof parsed === 'object' && !Array.isArray(parsed) && JSON.stringify(parsed) === details;
    return isOurs ? (parsed as AuditLine['details']) : { unreadable: details };
  } catch {
    return { unreadable: details };
  }
}
