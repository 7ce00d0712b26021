import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { Actor } from './actor.ts';
import { query, type Parameter, type Transaction } from './database.ts';

/** What was done, or refused. */
export interface AuditEntry {
  /** `subject.verb`, such as `tag.moved`. */
  readonly action: string;
  /** Default `done`. */
  readonly outcome?: 'done' | 'refused' | 'failed';
  readonly repository?: RepositoryName;
  readonly digest?: Digest;
  readonly tag?: Tag;
  /** The rest, by action: names and numbers, never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Columns {
  readonly at: number;
  readonly principalId: string;
  readonly principalKind: string;
  readonly principalName: string;
  readonly source: string | null;
  readonly client: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly repository: RepositoryName | null;
  readonly digest: Digest | null;
  readonly tag: Tag | null;
  readonly details: string | null;
}

const appended = query((db, parameter: Parameter<Columns>) =>
  db.insertInto('audit').values({
    at: parameter('at'),
    principal_id: parameter('principalId'),
    principal_kind: parameter('principalKind'),
    principal_name: parameter('principalName'),
    source: parameter('source'),
    client: parameter('client'),
    request_id: parameter('requestId'),
    action: parameter('action'),
    outcome: parameter('outcome'),
    repository: parameter('repository'),
    digest: parameter('digest'),
    tag: parameter('tag'),
    details: parameter('details'),
  }),
);

/** Writes down who did what, in the transaction of the deed. It is sealed, and told to others, a moment later. */
export async function appendAudit(tx: Transaction, actor: Actor, entry: AuditEntry, now: Date): Promise<void> {
  await tx.all(appended, {
    at: now.getTime(),
    principalId: actor.principalId,
    principalKind: actor.principalKind,
    principalName: actor.principalName,
    source: actor.source ?? null,
    client: actor.client ?? null,
    requestId: actor.requestId ?? null,
    action: entry.action,
    outcome: entry.outcome ?? 'done',
    repository: entry.repository ?? null,
    digest: entry.digest ?? null,
    tag: entry.tag ?? null,
    details: entry.details === undefined ? null : JSON.stringify(entry.details),
  });
}
