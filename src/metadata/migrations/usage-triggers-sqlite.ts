/*
 * What repositories hold, kept by SQLite itself, row by row, so that no statement forgets it. There is one writer, so that
 * each repository has one row, of shard 0. The same rules for PostgreSQL are in `usage-triggers-postgres.ts`.
 */

const COLUMNS = ['blob_bytes', 'unique_bytes', 'blobs', 'manifest_bytes', 'manifests', 'tags'] as const;

type Change = Partial<Readonly<Record<(typeof COLUMNS)[number], string>>>;

/** What happens to the usage of one repository; amounts are expressions. */
function add(repositoryId: string, change: Change): string {
  return `insert into repository_usage (repository_id, shard, ${COLUMNS.join(', ')})
    select ${repositoryId}, 0, ${COLUMNS.map((column) => change[column] ?? '0').join(', ')} where true
    on conflict (repository_id, shard) do update set
    ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')};`;
}

/** What is never recorded has no size; its links get one when it is. */
const sizeOf = (digest: string): string => `coalesce((select size from blobs where digest = ${digest}), 0)`;

const othersOf = (row: string): string =>
  `from links where digest = ${row}.digest and repository_id <> ${row}.repository_id`;

const hasOthers = (row: string): string => `exists (select 1 ${othersOf(row)})`;

/** Changes the usage of the one other repository that may serve the blob of `row`, if there is exactly one. */
function changeOnlyOther(row: string, sign: '+' | '-'): string {
  return `update repository_usage set unique_bytes = unique_bytes ${sign} ${sizeOf(`${row}.digest`)}
    where shard = 0 and repository_id = (select repository_id ${othersOf(row)} limit 1)
    and (select count(*) from (select 1 ${othersOf(row)} limit 2)) = 1;`;
}

const linkAdded = `${add('new.repository_id', {
  blob_bytes: sizeOf('new.digest'),
  unique_bytes: `case when ${hasOthers('new')} then 0 else ${sizeOf('new.digest')} end`,
  blobs: '1',
})} ${changeOnlyOther('new', '-')}`;

const linkRemoved = `${add('old.repository_id', {
  blob_bytes: `-${sizeOf('old.digest')}`,
  unique_bytes: `case when ${hasOthers('old')} then 0 else -${sizeOf('old.digest')} end`,
  blobs: '-1',
})} ${changeOnlyOther('old', '+')}`;

/** As it was alone or not before, so it is afterwards: there are as many holders. */
const linkMoved = (['old', 'new'] as const)
  .map((row) => {
    const sign = row === 'old' ? '-' : '';
    return add(`${row}.repository_id`, {
      blob_bytes: `${sign}${sizeOf('new.digest')}`,
      unique_bytes: `case when ${hasOthers('new')} then 0 else ${sign}${sizeOf('new.digest')} end`,
      blobs: `${sign}1`,
    });
  })
  .join(' ');

/** The size of a blob with links becomes another, as it does when its row is removed or made behind its links. */
function resize(digest: string, by: string): string {
  return `update repository_usage set
    blob_bytes = blob_bytes + (${by}),
    unique_bytes = unique_bytes
      + case when (select count(*) from (select 1 from links where digest = ${digest} limit 2)) = 1 then ${by} else 0 end
    where shard = 0 and repository_id in (select repository_id from links where digest = ${digest});`;
}

const manifestAdded = add('new.repository_id', { manifest_bytes: 'new.size', manifests: '1' });
const manifestRemoved = add('old.repository_id', { manifest_bytes: '-old.size', manifests: '-1' });
const tagAdded = add('new.repository_id', { tags: '1' });
const tagRemoved = add('old.repository_id', { tags: '-1' });

/** Hands on to the quotas of the repository what its usage became more. */
function tellQuotas(repositoryId: string, amount: (column: string) => string): string {
  return `insert into quota_usage (quota_id, shard, bytes, manifests, tags)
    select quota_id, 0, ${amount('blob_bytes')} + ${amount('manifest_bytes')}, ${amount('manifests')}, ${amount('tags')}
    from quota_members where repository_id = ${repositoryId}
    on conflict (quota_id, shard) do update set
    bytes = bytes + excluded.bytes, manifests = manifests + excluded.manifests, tags = tags + excluded.tags;`;
}

/** A repository comes under a quota, or leaves it, with all that it holds. */
function moveMember(row: string, sign: '+' | '-'): string {
  return `insert into quota_usage (quota_id, shard, bytes, manifests, tags)
    select ${row}.quota_id, 0, ${sign}(blob_bytes + manifest_bytes), ${sign}manifests, ${sign}tags
    from repository_usage where repository_id = ${row}.repository_id
    on conflict (quota_id, shard) do update set
    bytes = bytes + excluded.bytes, manifests = manifests + excluded.manifests, tags = tags + excluded.tags;`;
}

/** What holds nothing needs no row. */
const forgetUsage = `delete from repository_usage where repository_id = old.id
  and not exists (select 1 from links where repository_id = old.id)
  and not exists (select 1 from manifests where repository_id = old.id)
  and not exists (select 1 from tags where repository_id = old.id);`;

const TRIGGERS: readonly (readonly [name: string, when: string, body: string])[] = [
  ['usage_link_added', 'after insert on links', linkAdded],
  ['usage_link_removed', 'after delete on links', linkRemoved],
  [
    'usage_link_moved',
    'after update of repository_id, digest on links when old.repository_id <> new.repository_id',
    linkMoved,
  ],
  [
    'usage_link_turned',
    'before update of digest on links when old.digest <> new.digest',
    `select raise(abort, 'a link is not turned into one of another blob: it is removed, and another one is made');`,
  ],
  [
    'usage_blob_added',
    'after insert on blobs when exists (select 1 from links where digest = new.digest)',
    resize('new.digest', 'new.size'),
  ],
  [
    'usage_blob_removed',
    'after delete on blobs when exists (select 1 from links where digest = old.digest)',
    resize('old.digest', '-old.size'),
  ],
  [
    'usage_blob_resized',
    'after update of size on blobs when old.size <> new.size',
    resize('new.digest', 'new.size - old.size'),
  ],
  ['usage_manifest_added', 'after insert on manifests', manifestAdded],
  ['usage_manifest_removed', 'after delete on manifests', manifestRemoved],
  [
    'usage_manifest_moved',
    'after update of repository_id, size on manifests when old.repository_id <> new.repository_id or old.size <> new.size',
    `${manifestRemoved} ${manifestAdded}`,
  ],
  ['usage_tag_added', 'after insert on tags', tagAdded],
  ['usage_tag_removed', 'after delete on tags', tagRemoved],
  [
    'usage_tag_moved',
    'after update of repository_id on tags when old.repository_id <> new.repository_id',
    `${tagRemoved} ${tagAdded}`,
  ],
  [
    'quota_usage_began',
    'after insert on repository_usage',
    tellQuotas('new.repository_id', (column) => `new.${column}`),
  ],
  [
    'quota_usage_changed',
    `after update on repository_usage when new.blob_bytes + new.manifest_bytes <> old.blob_bytes + old.manifest_bytes
     or new.manifests <> old.manifests or new.tags <> old.tags`,
    tellQuotas('new.repository_id', (column) => `new.${column} - old.${column}`),
  ],
  [
    'quota_usage_ended',
    'after delete on repository_usage',
    tellQuotas('old.repository_id', (column) => `-old.${column}`),
  ],
  ['quota_member_added', 'after insert on quota_members', moveMember('new', '+')],
  ['quota_member_removed', 'after delete on quota_members', moveMember('old', '-')],
  [
    'quota_repository_gone',
    'after delete on repositories',
    `delete from quota_members where repository_id = old.id; ${forgetUsage}`,
  ],
  ['usage_repository_purged', 'after delete on trashed_repositories', forgetUsage],
];

/** Each a statement. */
export const SQLITE_USAGE_TRIGGERS: readonly string[] = TRIGGERS.map(
  ([name, when, body]) => `create trigger ${name} ${when} begin ${body} end`,
);
