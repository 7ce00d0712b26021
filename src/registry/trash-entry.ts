import type { TrashKind } from '../metadata/schema/deleting.ts';
import type { TrashRow } from '../metadata/trash.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';

/** One act of deleting, that can be undone as a whole. */
export interface TrashEntry {
  readonly id: number;
  readonly kind: TrashKind;
  readonly repository: RepositoryName;
  /** What was asked to go, where it was one thing. */
  readonly tag?: Tag;
  readonly digest?: Digest;
  readonly deletedAt: Date;
  /** From then on it cannot be restored. */
  readonly expiresAt: Date;
  readonly by: { readonly id: string; readonly name: string; readonly client?: string };
  readonly cause: string;
  readonly planId?: string;
}

export function entryOf(row: TrashRow): TrashEntry {
  const { id, kind, repository, tag, digest, client, cause, planId } = row;
  return {
    id,
    kind,
    repository,
    ...(tag !== null && { tag }),
    ...(digest !== null && { digest }),
    deletedAt: new Date(row.deletedAt),
    expiresAt: new Date(row.expiresAt),
    by: { id: row.principalId, name: row.principalName, ...(client !== null && { client }) },
    cause,
    ...(planId !== null && { planId }),
  };
}
