import type { Generated } from 'kysely';
import type { Digest } from '../../oci/digest.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import type { Tag } from '../../oci/tag.ts';
import type { ManifestsTable } from '../schema.ts';

/** One act of deleting: what it took away hangs on its number, until it is restored or its time is over. */
export interface TrashTable {
  id: Generated<number>;
  kind: TrashKind;
  repository_id: number;
  repository: RepositoryName;
  /** What was asked to go: a tag, or a manifest. */
  tag: Tag | null;
  digest: Digest | null;
  deleted_at: number;
  /** From then on it cannot be restored, and garbage collection takes it. */
  expires_at: number;
  principal_id: string;
  principal_name: string;
  client: string | null;
  cause: string;
  plan_id: string | null;
}

export type TrashKind = 'tag' | 'manifest' | 'repository';

/** A manifest as it was. Its bytes stay in `manifest_contents`. */
export interface TrashedManifestsTable extends ManifestsTable {
  trash_id: number;
}

export interface TrashedEdgesTable {
  trash_id: number;
  manifest_digest: Digest;
  kind: 'blob' | 'manifest';
  digest: Digest;
  /** Whether the repository could serve this blob: only then may restoring let it do so again, and only then the bytes stay. */
  is_linked: number;
}

export interface TrashedTagsTable {
  trash_id: number;
  name: Tag;
  digest: Digest;
  updated_at: number;
}

/**
 * A repository that was deleted whole: only its name went, so that deleting costs the same whatever it holds. Its tags,
 * manifests and links keep its number, by which nobody finds them.
 */
export interface TrashedRepositoriesTable {
  id: number;
  trash_id: number;
  name: RepositoryName;
  created_at: number;
}

/** Where a tag was, and who moved it. `null` on one side: it was made, or deleted. */
export interface TagMovesTable {
  id: Generated<number>;
  repository_id: number;
  tag: Tag;
  from_digest: Digest | null;
  to_digest: Digest | null;
  moved_at: number;
  principal_id: string;
  principal_name: string;
  client: string | null;
  cause: string;
}

/** What an administrator decided about the repositories of a pattern: see `registry/rules/`. */
export interface RepositoryRulesTable {
  id: Generated<number>;
  kind: string;
  pattern: string;
  /** JSON, as its kind has it. */
  settings: string;
  created_at: number;
  created_by: string;
}

/** What an image says of itself in its config, read when it was pushed. Shared by all repositories. */
export interface ImageDetailsTable {
  digest: Digest;
  /** Milliseconds since the epoch. */
  created_at: number | null;
  /** Such as `linux/arm64/v8`. */
  platform: string | null;
  /** JSON object of strings. */
  labels: string | null;
}

/** Who pulled a manifest last. Written in batches, a little behind. */
export interface PullsTable {
  repository_id: number;
  digest: Digest;
  pulled_at: number;
  principal_id: string;
  principal_name: string;
  count: number;
}
