import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import type { Actor } from './actor.ts';
import { query, type Parameter, type Transaction } from './database.ts';

/** A tag that was made, moved or deleted; `null` is nothing, before or after. */
export interface TagChange {
  readonly repositoryId: number;
  readonly tag: Tag;
  readonly from: Digest | null;
  readonly to: Digest | null;
}

type Columns = TagChange & {
  readonly now: number;
  readonly principalId: string;
  readonly principalName: string;
  readonly client: string | null;
  readonly cause: string;
};

const recorded = query((db, parameter: Parameter<Columns>) =>
  db.insertInto('tag_moves').values({
    repository_id: parameter('repositoryId'),
    tag: parameter('tag'),
    from_digest: parameter('from'),
    to_digest: parameter('to'),
    moved_at: parameter('now'),
    principal_id: parameter('principalId'),
    principal_name: parameter('principalName'),
    client: parameter('client'),
    cause: parameter('cause'),
  }),
);

/** Remembers a change of a tag; to be called in its transaction, and only when the digest changed. */
export async function recordTagChange(tx: Transaction, change: TagChange, actor: Actor, now: Date): Promise<void> {
  const { principalId, principalName, client, cause } = actor;
  await tx.all(recorded, {
    ...change,
    now: now.getTime(),
    principalId,
    principalName,
    client: client ?? null,
    cause,
  });
}
