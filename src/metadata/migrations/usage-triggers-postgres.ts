/*
 * What repositories hold, kept by PostgreSQL itself, statement by statement, so that none forgets it. The same rules for
 * SQLite are in `usage-triggers-sqlite.ts`.
 *
 * Locks: whoever changes usage shares the lock of the list of quotas, so that nobody makes or changes a quota between two
 * halves of a change. Who links or unlinks a blob has the lock of its digest: otherwise two who link it at the same time
 * would both have it alone. Those are taken in the order of the digests. PostgreSQL has room for some ten thousand locks
 * in all, so that a statement of very many links excludes everybody who changes usage instead.
 */

/** Two numbers that nobody else locks by: `locks.ts` locks by one. */
const SHARD_LOCKS = 1_213_094_209;
const DIGEST_LOCKS = 1_213_094_210;
/** Links of one statement that are locked one by one. */
const MOST_LOCKS = 4000;
/** Connections of all nodes together; the rows of a repository are no more than those that wrote at the same time. */
const SHARDS = 512;

/** As `locks.ts` names it. */
export const QUOTA_LIST_NAME = 'quota list';
const QUOTA_LIST = `hashtextextended('${QUOTA_LIST_NAME}', 0)`;
const SHARE_QUOTA_LIST = `perform pg_advisory_xact_lock_shared(${QUOTA_LIST});`;

/** By digest, whatever the order in which the rows come. */
function lockDigests(rows: 'added' | 'removed'): string {
  return `
      perform pg_advisory_xact_lock(${DIGEST_LOCKS}, hashtext(digest))
        from (select distinct digest from ${rows} order by digest) as digests;`;
}

const COLUMNS = ['blob_bytes', 'unique_bytes', 'blobs', 'manifest_bytes', 'manifests', 'tags'] as const;

/**
 * The shard that this connection has for itself: two who push at once never wait for each other's row, whatever the order
 * in which they come to it. A rollback takes the note away and leaves the lock, which is then found again.
 */
const USAGE_SHARD = `
  create function usage_shard() returns integer language plpgsql as $$
  begin
    for shard in 0 .. ${SHARDS - 1} loop
      if pg_try_advisory_lock(${SHARD_LOCKS}, shard) then
        perform set_config('havre.usage_shard', shard::text, false);
        return shard;
      end if;
    end loop;
    return pg_backend_pid() % ${SHARDS};
  end $$`;

/** Noted by the connection, so that it is looked for once. */
const OWN_SHARD = `coalesce(nullif(current_setting('havre.usage_shard', true), '')::integer, usage_shard())`;

const ADD_USAGE = `
  create function add_usage(
    repository bigint, ${COLUMNS.map((column) => `more_${column} bigint`).join(', ')}
  ) returns void language plpgsql as $$
  declare
    own integer := ${OWN_SHARD};
  begin
    ${SHARE_QUOTA_LIST}
    insert into repository_usage as usage (repository_id, shard, ${COLUMNS.join(', ')})
      values (repository, own, ${COLUMNS.map((column) => `more_${column}`).join(', ')})
      on conflict (repository_id, shard) do update set
      ${COLUMNS.map((column) => `${column} = usage.${column} + excluded.${column}`).join(', ')};
    if more_blob_bytes + more_manifest_bytes <> 0 or more_manifests <> 0 or more_tags <> 0 then
      insert into quota_usage as usage (quota_id, shard, bytes, manifests, tags)
        select quota_id, own, more_blob_bytes + more_manifest_bytes, more_manifests, more_tags
        from quota_members where repository_id = repository order by quota_id
        on conflict (quota_id, shard) do update set bytes = usage.bytes + excluded.bytes,
        manifests = usage.manifests + excluded.manifests, tags = usage.tags + excluded.tags;
    end if;
  end $$`;

/**
 * One link, as every push makes it. Where a blob has two holders already, one more changes nothing for them: those who only
 * add share the lock then, as everybody does who mounts the layers of a popular image.
 */
const LINK_ADDED = `
  create function usage_link_added(linking bigint, linked text) returns void language plpgsql as $$
  declare
    others bigint[];
    bytes bigint;
  begin
    ${SHARE_QUOTA_LIST}
    others := array(select repository_id from links where digest = linked and repository_id <> linking limit 2);
    -- Read again with the lock: a statement in here sees what was committed before it began.
    if cardinality(others) = 2 then
      perform pg_advisory_xact_lock_shared(${DIGEST_LOCKS}, hashtext(linked));
      others := array(select repository_id from links where digest = linked and repository_id <> linking limit 2);
    end if;
    if cardinality(others) < 2 then
      perform pg_advisory_xact_lock(${DIGEST_LOCKS}, hashtext(linked));
      others := array(select repository_id from links where digest = linked and repository_id <> linking limit 2);
    end if;
    bytes := coalesce((select size from blobs where digest = linked), 0);
    perform add_usage(linking, bytes, case when cardinality(others) = 0 then bytes else 0 end, 1, 0, 0, 0);
    if cardinality(others) = 1 then perform add_usage(others[1], 0, -bytes, 0, 0, 0, 0); end if;
  end $$`;

const LINKS_ADDED = `
  create function usage_links_added() returns trigger language plpgsql as $$
  declare
    inserted bigint := (select count(*) from added);
    change record;
  begin
    if inserted = 0 then return null; end if;
    if inserted = 1 then
      perform usage_link_added(repository_id, digest) from added;
      return null;
    end if;
    if inserted > ${MOST_LOCKS} then perform pg_advisory_xact_lock(${QUOTA_LIST});
    else ${SHARE_QUOTA_LIST} ${lockDigests('added')}
    end if;
    for change in
      with counted as (
        select repository_id, digest, count(*) over (partition by digest) as n,
          row_number() over (partition by digest) as position
        from added
      ), sized as (
        select counted.*, coalesce(blobs.size, 0) as size, holding.holders
        from counted left join blobs on blobs.digest = counted.digest cross join lateral (
          select count(*) as holders
          from (select from links where links.digest = counted.digest limit counted.n + 2) as few
        ) as holding
      ), deltas as (
        select repository_id, size as blob_bytes, case when holders = 1 then size else 0 end as unique_bytes, 1 as blobs
        from sized
        union all
        select links.repository_id, 0, -sized.size, 0
        from sized join links on links.digest = sized.digest
        where sized.position = 1 and sized.holders = sized.n + 1 and case
          when sized.n = 1 then links.repository_id <> sized.repository_id
          else not exists (
            select from added
            where added.digest = links.digest and added.repository_id = links.repository_id
          ) end
      )
      select repository_id, sum(blob_bytes)::bigint as blob_bytes, sum(unique_bytes)::bigint as unique_bytes,
        sum(blobs)::bigint as blobs
      from deltas group by repository_id order by repository_id
    loop
      perform add_usage(change.repository_id, change.blob_bytes, change.unique_bytes, change.blobs, 0, 0, 0);
    end loop;
    return null;
  end $$`;

const LINKS_REMOVED = `
  create function usage_links_removed() returns trigger language plpgsql as $$
  declare
    deleted bigint := (select count(*) from removed);
    change record;
  begin
    if deleted = 0 then return null; end if;
    if deleted > ${MOST_LOCKS} then perform pg_advisory_xact_lock(${QUOTA_LIST});
    else ${SHARE_QUOTA_LIST} ${lockDigests('removed')}
    end if;
    for change in
      with counted as (
        select repository_id, digest, count(*) over (partition by digest) as n,
          row_number() over (partition by digest) as position
        from removed
      ), sized as (
        select counted.*, coalesce(blobs.size, 0) as size, holding.holders
        from counted left join blobs on blobs.digest = counted.digest cross join lateral (
          select count(*) as holders from (select from links where links.digest = counted.digest limit 2) as few
        ) as holding
      ), deltas as (
        select repository_id, -size as blob_bytes,
          case when holders = 0 and n = 1 then -size else 0 end as unique_bytes, -1 as blobs
        from sized
        union all
        select links.repository_id, 0, sized.size, 0
        from sized join links on links.digest = sized.digest
        where sized.position = 1 and sized.holders = 1
      )
      select repository_id, sum(blob_bytes)::bigint as blob_bytes, sum(unique_bytes)::bigint as unique_bytes,
        sum(blobs)::bigint as blobs
      from deltas group by repository_id order by repository_id
    loop
      perform add_usage(change.repository_id, change.blob_bytes, change.unique_bytes, change.blobs, 0, 0, 0);
    end loop;
    return null;
  end $$`;

/** The size of a blob with links becomes another, as it does when its row is removed or made behind its links. */
const RESIZE_BLOB = `
  create function resize_blob(resized text, more bigint) returns void language plpgsql as $$
  declare
    change record;
  begin
    ${SHARE_QUOTA_LIST}
    perform pg_advisory_xact_lock(${DIGEST_LOCKS}, hashtext(resized));
    for change in
      select repository_id, case when count(*) over () = 1 then more else 0 end as unique_bytes
      from links where digest = resized order by repository_id
    loop
      perform add_usage(change.repository_id, more, change.unique_bytes, 0, 0, 0, 0);
    end loop;
  end $$`;

function blobsTrigger(name: string, rows: 'added' | 'removed'): string {
  return `
    create function ${name}() returns trigger language plpgsql as $$
    begin
      perform resize_blob(digest, ${rows === 'added' ? '' : '-'}size) from ${rows}
        where exists (select from links where links.digest = ${rows}.digest);
      return null;
    end $$`;
}

interface Counted {
  readonly name: string;
  readonly rows: 'added' | 'removed';
  readonly bytes: string;
  readonly ofManifests: boolean;
}

/** Of manifests and tags, which are only counted. */
function countedTrigger({ name, rows, bytes, ofManifests }: Counted): string {
  const sign = rows === 'added' ? '' : '-';
  const amounts = ofManifests ? `${sign}bytes, ${sign}n, 0` : `0, 0, ${sign}n`;
  return `
    create function ${name}() returns trigger language plpgsql as $$
    begin
      perform add_usage(repository_id, 0, 0, 0, ${amounts}) from (
        select repository_id, count(*) as n, ${bytes} as bytes
        from ${rows} group by repository_id order by repository_id
      ) as counted;
      return null;
    end $$`;
}

/** Rows that are moved to another repository, or change size: rare, and so one by one. */
const MOVED = [
  `create function usage_link_moved() returns trigger language plpgsql as $$
  declare
    change record;
  begin
    ${SHARE_QUOTA_LIST}
    perform pg_advisory_xact_lock(${DIGEST_LOCKS}, hashtext(digest))
      from (select distinct digest from (values (old.digest), (new.digest)) as both_of (digest) order by digest) as digests;
    if old.digest <> new.digest then
      raise exception 'a link is not turned into one of another blob: it is removed, and another one is made';
    end if;
    select coalesce(max(size), 0) as size, (
      select count(*) from (select from links where links.digest = new.digest limit 2) as few
    ) as holders into change from blobs where blobs.digest = new.digest;
    perform add_usage(old.repository_id, -change.size, case when change.holders = 1 then -change.size else 0 end, -1, 0, 0, 0);
    perform add_usage(new.repository_id, change.size, case when change.holders = 1 then change.size else 0 end, 1, 0, 0, 0);
    return null;
  end $$`,
  `create function usage_manifest_moved() returns trigger language plpgsql as $$
  begin
    perform add_usage(old.repository_id, 0, 0, 0, -old.size, -1, 0);
    perform add_usage(new.repository_id, 0, 0, 0, new.size, 1, 0);
    return null;
  end $$`,
  `create function usage_tag_moved() returns trigger language plpgsql as $$
  begin
    perform add_usage(old.repository_id, 0, 0, 0, 0, 0, -1);
    perform add_usage(new.repository_id, 0, 0, 0, 0, 0, 1);
    return null;
  end $$`,
  `create function usage_blob_resized() returns trigger language plpgsql as $$
  begin
    perform resize_blob(new.digest, new.size - old.size);
    return null;
  end $$`,
];

/** Repositories come under a quota, or leave it, with all that they hold. */
function membersTrigger(name: string, rows: 'added' | 'removed'): string {
  const sign = rows === 'added' ? '' : '-';
  return `
    create function ${name}() returns trigger language plpgsql as $$
    begin
      ${SHARE_QUOTA_LIST}
      insert into quota_usage as usage (quota_id, shard, bytes, manifests, tags)
        select member.quota_id, ${OWN_SHARD}, ${sign}sum(held.bytes), ${sign}sum(held.manifests), ${sign}sum(held.tags)
        from ${rows} as member cross join lateral (
          select sum(blob_bytes + manifest_bytes) as bytes, sum(manifests) as manifests, sum(tags) as tags
          from repository_usage where repository_usage.repository_id = member.repository_id
        ) as held
        where held.bytes is not null
        group by member.quota_id order by member.quota_id
        on conflict (quota_id, shard) do update set bytes = usage.bytes + excluded.bytes,
        manifests = usage.manifests + excluded.manifests, tags = usage.tags + excluded.tags;
      return null;
    end $$`;
}

/** What holds nothing needs no row. */
const FORGET_USAGE = `delete from repository_usage where repository_id = old.id
  and not exists (select from links where links.repository_id = old.id)
  and not exists (select from manifests where manifests.repository_id = old.id)
  and not exists (select from tags where tags.repository_id = old.id);`;

const REPOSITORIES = [
  `create function quota_repository_gone() returns trigger language plpgsql as $$
  begin
    ${SHARE_QUOTA_LIST}
    delete from quota_members where quota_members.repository_id = old.id;
    ${FORGET_USAGE}
    return null;
  end $$`,
  `create function usage_repository_purged() returns trigger language plpgsql as $$
  begin
    ${FORGET_USAGE}
    return null;
  end $$`,
];

const FUNCTIONS: readonly string[] = [
  USAGE_SHARD,
  ADD_USAGE,
  LINK_ADDED,
  LINKS_ADDED,
  LINKS_REMOVED,
  RESIZE_BLOB,
  blobsTrigger('usage_blobs_added', 'added'),
  blobsTrigger('usage_blobs_removed', 'removed'),
  countedTrigger({ name: 'usage_manifests_added', rows: 'added', bytes: 'sum(size)::bigint', ofManifests: true }),
  countedTrigger({ name: 'usage_manifests_removed', rows: 'removed', bytes: 'sum(size)::bigint', ofManifests: true }),
  countedTrigger({ name: 'usage_tags_added', rows: 'added', bytes: '0', ofManifests: false }),
  countedTrigger({ name: 'usage_tags_removed', rows: 'removed', bytes: '0', ofManifests: false }),
  ...MOVED,
  membersTrigger('quota_members_added', 'added'),
  membersTrigger('quota_members_removed', 'removed'),
  ...REPOSITORIES,
];

const ofStatements = (name: string, deed: 'insert' | 'delete', table: string): string =>
  `create trigger ${name} after ${deed} on ${table} referencing ${deed === 'insert' ? 'new table as added' : 'old table as removed'}
   for each statement execute function ${name}()`;

const ofRows = (name: string, event: string): string =>
  `create trigger ${name} after ${event} execute function ${name}()`;

const TRIGGERS: readonly string[] = [
  ofStatements('usage_links_added', 'insert', 'links'),
  ofStatements('usage_links_removed', 'delete', 'links'),
  ofRows(
    'usage_link_moved',
    'update of repository_id, digest on links for each row when (old.repository_id <> new.repository_id or old.digest <> new.digest)',
  ),
  ofStatements('usage_blobs_added', 'insert', 'blobs'),
  ofStatements('usage_blobs_removed', 'delete', 'blobs'),
  ofRows('usage_blob_resized', 'update of size on blobs for each row when (old.size <> new.size)'),
  ofStatements('usage_manifests_added', 'insert', 'manifests'),
  ofStatements('usage_manifests_removed', 'delete', 'manifests'),
  ofRows(
    'usage_manifest_moved',
    'update of repository_id, size on manifests for each row when (old.repository_id <> new.repository_id or old.size <> new.size)',
  ),
  ofStatements('usage_tags_added', 'insert', 'tags'),
  ofStatements('usage_tags_removed', 'delete', 'tags'),
  ofRows(
    'usage_tag_moved',
    'update of repository_id on tags for each row when (old.repository_id <> new.repository_id)',
  ),
  ofStatements('quota_members_added', 'insert', 'quota_members'),
  ofStatements('quota_members_removed', 'delete', 'quota_members'),
  ofRows('quota_repository_gone', 'delete on repositories for each row'),
  ofRows('usage_repository_purged', 'delete on trashed_repositories for each row'),
];

/** Each a statement, in this order. */
export const POSTGRES_USAGE_TRIGGERS: readonly string[] = [...FUNCTIONS, ...TRIGGERS];
