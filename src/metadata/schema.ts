import type { Generated } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { UploadId } from '../oci/upload-id.ts';
import type { AuditTable, DeliveriesTable, WebhooksTable } from './schema/activity.ts';
import type { ConnectionChecksTable, ConnectionsTable, UpstreamPausesTable } from './schema/connections.ts';
import type {
  ImageDetailsTable,
  PullsTable,
  RepositoryRulesTable,
  TagMovesTable,
  TrashedEdgesTable,
  TrashedManifestsTable,
  TrashedRepositoriesTable,
  TrashedTagsTable,
  TrashTable,
} from './schema/deleting.ts';
import type { PlanItemsTable, PlansTable, PoliciesTable, PolicyRunsTable } from './schema/policies.ts';
import type { SessionsTable } from './schema/sessions.ts';
import type { QuotaMembersTable, QuotasTable, QuotaUsageTable, RepositoryUsageTable } from './schema/usage.ts';

/**
 * Every table, as Kysely sees it. Times are milliseconds since the epoch, sizes are bytes, booleans are 0 or 1,
 * JSON is text: the one set of types that both engines give back unchanged.
 */
export interface Schema {
  repositories: RepositoriesTable;
  blobs: BlobsTable;
  links: LinksTable;
  forgotten_blobs: ForgottenBlobsTable;
  manifest_contents: ManifestContentsTable;
  manifests: ManifestsTable;
  manifest_edges: ManifestEdgesTable;
  tags: TagsTable;
  uploads: UploadsTable;
  users: UsersTable;
  tokens: TokensTable;
  sessions: SessionsTable;
  grants: GrantsTable;
  secrets: SecretsTable;
  identity_changes: IdentityChangesTable;
  leases: LeasesTable;
  bookmarks: BookmarksTable;
  trash: TrashTable;
  trashed_manifests: TrashedManifestsTable;
  trashed_edges: TrashedEdgesTable;
  trashed_tags: TrashedTagsTable;
  trashed_repositories: TrashedRepositoriesTable;
  tag_moves: TagMovesTable;
  repository_rules: RepositoryRulesTable;
  image_details: ImageDetailsTable;
  pulls: PullsTable;
  audit: AuditTable;
  webhooks: WebhooksTable;
  deliveries: DeliveriesTable;
  policies: PoliciesTable;
  policy_runs: PolicyRunsTable;
  plans: PlansTable;
  plan_items: PlanItemsTable;
  connections: ConnectionsTable;
  connection_checks: ConnectionChecksTable;
  upstream_pauses: UpstreamPausesTable;
  repository_usage: RepositoryUsageTable;
  quotas: QuotasTable;
  quota_members: QuotaMembersTable;
  quota_usage: QuotaUsageTable;
}

export interface RepositoriesTable {
  /** Never reused: what is said of a deleted repository is not said of the next one of its name. */
  id: Generated<number>;
  name: RepositoryName;
  created_at: number;
}

/** One row for each content that the store holds, whoever may see it. */
export interface BlobsTable {
  digest: Digest;
  size: number;
  storage_key: string;
  created_at: number;
}

/** The fact that a repository may serve a blob. */
export interface LinksTable {
  repository_id: number;
  digest: Digest;
  /** When it was last pushed or mounted here: garbage collection leaves it alone for a grace time. */
  linked_at: number;
}

/** Bytes that no row names any more, until they are swept. */
export interface ForgottenBlobsTable {
  storage_key: string;
  size: number;
  forgotten_at: number;
}

/** Manifest bytes exactly as received, shared by every repository. */
export interface ManifestContentsTable {
  digest: Digest;
  bytes: Uint8Array;
}

export interface ManifestsTable {
  repository_id: number;
  digest: Digest;
  media_type: string;
  size: number;
  /** What a referrers list shows: the manifest's own, else its config's media type. */
  artifact_type: string | null;
  /** The digest this manifest refers to, whether or not it exists here. */
  subject: Digest | null;
  /** JSON object of strings. */
  annotations: string | null;
  /** Levels of indexes below: 0 for an image, 1 for an index of images. */
  depth: number;
  pushed_at: number;
  /** From then on it is to be deleted; `null`: never by itself. */
  expires_at: number | null;
}

/** What a manifest names: blobs (config, layers) and, for an index, manifests. */
export interface ManifestEdgesTable {
  repository_id: number;
  manifest_digest: Digest;
  kind: EdgeKind;
  digest: Digest;
}

export type EdgeKind = 'blob' | 'manifest';

export interface TagsTable {
  repository_id: number;
  name: Tag;
  digest: Digest;
  updated_at: number;
}

/** Upload sessions. How many bytes arrived is the store's to say. */
export interface UploadsTable {
  id: UploadId;
  repository: RepositoryName;
  principal_id: string;
  created_at: number;
  /** What the store remembers of the bytes between two requests, where any node may get the next one; see `storage/upload-notes.ts`. */
  note: string | null;
  /** Grows with every note, so that of two nodes one learns that it came too late. */
  note_version: number;
  /** When the last note was written; `null` before the first. */
  noted_at: number | null;
}

/** People with a password of ours. Those of an htpasswd file are not here. */
export interface UsersTable {
  id: string;
  name: string;
  password_hash: string;
  /** Grows with every change of the password: what was issued under another one is void. */
  generation: number;
  is_administrator: number;
  is_configured: number;
  created_at: number;
}

export interface TokensTable {
  id: string;
  name: string;
  /** SHA-256 of the secret, in hex: enough for 256 random bits. */
  secret_hash: string;
  owner_id: string | null;
  /** JSON list of rules. */
  scope: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface GrantsTable {
  id: Generated<number>;
  principal_id: string;
  pattern: string;
  actions: string;
  created_at: number;
}

/** What the registry made for itself at its first start, such as the key of its bearer tokens. */
export interface SecretsTable {
  id: string;
  purpose: string;
  value: string;
  created_at: number;
}

/** How often users, tokens, grants or keys changed: a node that remembers something of them compares this first. */
export interface IdentityChangesTable {
  topic: string;
  number: number;
}

/** Work that one node at a time does. */
export interface LeasesTable {
  name: string;
  /** The node that has it, or had it last. */
  holder: string;
  expires_at: number;
  /** When the work last began. */
  started_at: number;
}

/** How far work has come that goes on where it was stopped, such as the scrub. */
export interface BookmarksTable {
  name: string;
  /** Whatever its owner writes: text or JSON. */
  value: string;
  updated_at: number;
}
