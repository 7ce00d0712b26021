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
};

/** What stays behind, and why. */
export const LEFT_BEHIND: Partial<Readonly<Record<keyof Schema, string>>> = {
  uploads: 'their bytes are in the store they were sent to: clients begin again',
  forgotten_blobs: 'bytes that wait to be swept, in the store they lie in',
  identity_changes: 'counted by each database for itself',
  leases: 'who does what now, among the nodes of this database',
  bookmarks: 'how far the work on this database has come',
};

const NUMBERED: readonly (keyof Schema)[] = ['repositories', 'grants'];
const WHOLE: readonly (keyof Schema)[] = ['users', 'tokens', 'grants', 'secrets'];

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
