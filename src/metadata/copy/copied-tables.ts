import type { Schema } from '../schema.ts';

/**
 * `key`: part of the primary key. `value`: anything else that is compared. `content`: bytes that their key names by
 * digest, which are therefore never compared, and fetched only where they are missing.
 */
export type ColumnRole = 'key' | 'value' | 'content';

export interface CopiedTable {
  readonly name: keyof Schema;
  readonly columns: Readonly<Record<string, ColumnRole>>;
  /** Its rows are numbered by the database, which has to go on counting behind the last one. */
  readonly isNumbered: boolean;
  /** Small, and unique in more than its key: taken as a whole, because row by row an old name would be in the way. */
  readonly isWhole: boolean;
}

type Columns<Table extends keyof Schema> = Readonly<Record<keyof Schema[Table], ColumnRole>>;
type Described = { readonly [Table in keyof Schema]: Columns<Table> };

/** Every table and column there is: one that is added to the schema and not here is a mistake of types. */
const COLUMNS: Described = {
  repositories: { id: 'key', name: 'value', created_at: 'value' },
  blobs: { digest: 'key', size: 'value', storage_key: 'value', created_at: 'value' },
  links: { repository_id: 'key', digest: 'key', linked_at: 'value' },
  forgotten_blobs: { storage_key: 'key', size: 'value', forgotten_at: 'value' },
  manifest_contents: { digest: 'key', bytes: 'content' },
  manifests: {
    repository_id: 'key',
    digest: 'key',
    media_type: 'value',
    size: 'value',
    artifact_type: 'value',
    subject: 'value',
    annotations: 'value',
    depth: 'value',
    pushed_at: 'value',
    expires_at: 'value',
  },
  manifest_edges: { repository_id: 'key', manifest_digest: 'key', digest: 'key', kind: 'key' },
  tags: { repository_id: 'key', name: 'key', digest: 'value', updated_at: 'value' },
  uploads: {
    id: 'key',
    repository: 'value',
    principal_id: 'value',
    created_at: 'value',
    note: 'value',
    note_version: 'value',
    noted_at: 'value',
  },
  users: {
    id: 'key',
    name: 'value',
    password_hash: 'value',
    generation: 'value',
    is_administrator: 'value',
    is_configured: 'value',
    created_at: 'value',
  },
  tokens: {
    id: 'key',
    name: 'value',
    secret_hash: 'value',
    owner_id: 'value',
    scope: 'value',
    created_at: 'value',
    expires_at: 'value',
    revoked_at: 'value',
    last_used_at: 'value',
  },
  grants: { id: 'key', principal_id: 'value', pattern: 'value', actions: 'value', created_at: 'value' },
  secrets: { id: 'key', purpose: 'value', value: 'value', created_at: 'value' },
  identity_changes: { topic: 'key', number: 'value' },
  leases: { name: 'key', holder: 'value', expires_at: 'value', started_at: 'value' },
  bookmarks: { name: 'key', value: 'value', updated_at: 'value' },
  trash: {
    id: 'key',
    kind: 'value',
    repository_id: 'value',
    repository: 'value',
    tag: 'value',
    digest: 'value',
    deleted_at: 'value',
    expires_at: 'value',
    principal_id: 'value',
    principal_name: 'value',
    client: 'value',
    cause: 'value',
    plan_id: 'value',
  },
  trashed_manifests: {
    trash_id: 'key',
    digest: 'key',
    repository_id: 'value',
    media_type: 'value',
    size: 'value',
    artifact_type: 'value',
    subject: 'value',
    annotations: 'value',
    depth: 'value',
    pushed_at: 'value',
    expires_at: 'value',
  },
  trashed_edges: { trash_id: 'key', manifest_digest: 'key', digest: 'key', kind: 'key', is_linked: 'value' },
  trashed_tags: { trash_id: 'key', name: 'key', digest: 'value', updated_at: 'value' },
  trashed_repositories: { id: 'key', trash_id: 'value', name: 'value', created_at: 'value' },
  tag_moves: {
    id: 'key',
    repository_id: 'value',
    tag: 'value',
    from_digest: 'value',
    to_digest: 'value',
    moved_at: 'value',
    principal_id: 'value',
    principal_name: 'value',
    client: 'value',
    cause: 'value',
  },
  repository_rules: {
    id: 'key',
    kind: 'value',
    pattern: 'value',
    settings: 'value',
    created_at: 'value',
    created_by: 'value',
  },
  image_details: { digest: 'key', created_at: 'value', platform: 'value', labels: 'value' },
  pulls: {
    repository_id: 'key',
    digest: 'key',
    pulled_at: 'value',
    principal_id: 'value',
    principal_name: 'value',
    count: 'value',
  },
  audit: {
    id: 'key',
    at: 'value',
    principal_id: 'value',
    principal_kind: 'value',
    principal_name: 'value',
    source: 'value',
    client: 'value',
    request_id: 'value',
    action: 'value',
    outcome: 'value',
    repository: 'value',
    digest: 'value',
    tag: 'value',
    details: 'value',
    sequence: 'value',
    previous_hash: 'value',
    hash: 'value',
  },
  webhooks: {
    id: 'key',
    name: 'value',
    url: 'value',
    format: 'value',
    secret: 'value',
    settings: 'value',
    is_enabled: 'value',
    disabled_reason: 'value',
    failing_since: 'value',
    resume_at: 'value',
    created_at: 'value',
  },
  deliveries: {
    id: 'key',
    webhook_id: 'value',
    sequence: 'value',
    event_id: 'value',
    event: 'value',
    state: 'value',
    attempts: 'value',
    next_at: 'value',
    last_at: 'value',
    last_status: 'value',
    last_error: 'value',
    response: 'value',
    created_at: 'value',
  },
  policies: {
    id: 'key',
    name: 'value',
    patterns: 'value',
    kind: 'value',
    document: 'value',
    schedule: 'value',
    time_zone: 'value',
    is_enabled: 'value',
    is_dry_run: 'value',
    next_run_at: 'value',
    created_at: 'value',
    updated_at: 'value',
    created_by: 'value',
  },
  policy_runs: {
    id: 'key',
    policy_id: 'value',
    trigger: 'value',
    started_at: 'value',
    ended_at: 'value',
    state: 'value',
    plan_id: 'value',
    summary: 'value',
    error: 'value',
  },
  plans: {
    id: 'key',
    digest: 'value',
    source: 'value',
    state: 'value',
    summary: 'value',
    created_at: 'value',
    expires_at: 'value',
    created_by: 'value',
    applied_at: 'value',
    applied_by: 'value',
    result: 'value',
  },
  plan_items: { plan_id: 'key', position: 'key', item: 'value' },
  repository_usage: {
    repository_id: 'key',
    shard: 'key',
    blob_bytes: 'value',
    unique_bytes: 'value',
    blobs: 'value',
    manifest_bytes: 'value',
    manifests: 'value',
    tags: 'value',
  },
  quotas: {
    id: 'key',
    pattern: 'value',
    bytes: 'value',
    manifests: 'value',
    tags: 'value',
    warned_percent: 'value',
    created_at: 'value',
    created_by: 'value',
  },
  quota_members: { repository_id: 'key', quota_id: 'key' },
  quota_usage: { quota_id: 'key', shard: 'key', bytes: 'value', manifests: 'value', tags: 'value' },
};

/** What stays behind, and why. */
export const LEFT_BEHIND: Partial<Readonly<Record<keyof Schema, string>>> = {
  uploads: 'their bytes are in the store they were sent to: clients begin again',
  forgotten_blobs: 'bytes that wait to be swept, in the store they lie in',
  identity_changes: 'counted by each database for itself',
  leases: 'who does what now, among the nodes of this database',
  bookmarks: 'how far the work on this database has come',
  repository_usage: 'counted by each database for itself, as rows come',
  quota_members: 'found again when the quotas are there',
  quota_usage: 'counted by each database for itself, as members come',
};

const NUMBERED: readonly (keyof Schema)[] = [
  'repositories',
  'grants',
  'trash',
  'tag_moves',
  'repository_rules',
  'audit',
  'webhooks',
  'deliveries',
  'policies',
  'policy_runs',
  'quotas',
];
const WHOLE: readonly (keyof Schema)[] = [
  'users',
  'tokens',
  'grants',
  'secrets',
  'repository_rules',
  'webhooks',
  'policies',
  'quotas',
];

const ALL = Object.keys(COLUMNS) as (keyof Schema)[]; // they are, by the type above

/** The facts: what a copy of the database has to have. */
export const COPIED_TABLES: readonly CopiedTable[] = ALL.filter((name) => LEFT_BEHIND[name] === undefined).map(tableOf);

export function tableOf(name: keyof Schema): CopiedTable {
  return { name, columns: COLUMNS[name], isNumbered: NUMBERED.includes(name), isWhole: WHOLE.includes(name) };
}

export function columnsOf({ columns }: CopiedTable, ...roles: readonly ColumnRole[]): readonly string[] {
  return Object.entries(columns)
    .filter(([, role]) => roles.includes(role))
    .map(([name]) => name);
}
