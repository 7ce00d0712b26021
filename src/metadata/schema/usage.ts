import type { Generated } from 'kysely';

/**
 * What a repository holds, kept by triggers of the database, so that no statement forgets it. In several rows that are
 * added up, one for each connection that writes, so that two who push at once do not wait for one row.
 */
export interface RepositoryUsageTable {
  repository_id: number;
  shard: number;
  /** Of the blobs it may serve, each once. */
  blob_bytes: number;
  /** Of those that no other repository may serve. */
  unique_bytes: number;
  blobs: number;
  manifest_bytes: number;
  manifests: number;
  tags: number;
}

/** How much the repositories of a pattern may hold together. */
export interface QuotasTable {
  id: Generated<number>;
  pattern: string;
  /** `null`: no limit of this kind. */
  bytes: number | null;
  manifests: number | null;
  tags: number | null;
  /** The highest threshold that was told of and has not been left since; 0: none. */
  warned_percent: Generated<number>;
  created_at: number;
  created_by: string;
}

/** Which repositories count for which quota. */
export interface QuotaMembersTable {
  quota_id: number;
  repository_id: number;
}

/** As {@link RepositoryUsageTable}, of all repositories of a quota together. */
export interface QuotaUsageTable {
  quota_id: number;
  shard: number;
  bytes: number;
  manifests: number;
  tags: number;
}
