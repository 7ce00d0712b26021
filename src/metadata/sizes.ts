import { sql, type RawBuilder } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { Built, Queryable } from './database.ts';
import type { Usage } from './usage.ts';

/** How much something holds, in bytes. */
export interface Size {
  /** All of it, each content once. */
  readonly total: number;
  /** What nothing else needs: so much is free when it goes for good. */
  readonly unique: number;
  /** The rest. */
  readonly shared: number;
}

export const NO_SIZE: Size = { total: 0, unique: 0, shared: 0 };

export function sizeOf(total: number, unique: number): Size {
  return { total, unique, shared: total - unique };
}

/**
 * Of a repository: `unique` is what no other repository may serve. Its manifests count as its own.
 */
export function sizeOfUsage({ blobBytes, uniqueBytes, manifestBytes }: Usage): Size {
  return sizeOf(blobBytes + manifestBytes, uniqueBytes + manifestBytes);
}

/** That one manifest names another, or a blob, in what belongs to `root`. */
interface NamingRow {
  readonly root: Digest;
  readonly parent: Digest;
  readonly digest: Digest;
  readonly isManifest: number;
}

interface ContentRow {
  readonly digest: Digest;
  readonly size: number;
  /** How many manifests name it: of a blob, in all repositories; of a manifest, in its own. Counted no further than asked. */
  readonly namings: number;
  /** Of a manifest: whether another repository has it. */
  readonly isElsewhere: number;
}

/** Values in one statement: engines bound the number of parameters. */
const AT_ONCE = 5000;

/**
 * The sizes of manifests of a repository, each with all that belongs to it: children of an index, configs, layers, the
 * manifests themselves, each content once. `unique` is what nothing besides needs: no other manifest, in any repository.
 *
 * Takes time in proportion to what belongs to them. Those that are not in the repository are missing from the answer.
 */
export async function measureManifests(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, Size>> {
  const closures = new Map<Digest, Closure>();
  for (const some of chunks(digests)) {
    for (const row of await namingsOf(db, repositoryId, some)) addRow(closures, row);
  }
  const all = [...closures.values()].flatMap((closure) => [...closure.values()]);
  const most = Math.max(0, ...all.map(({ parents }) => parents.length)) + 1;
  const blobs = distinct(all.filter(({ isManifest }) => !isManifest));
  const manifests = distinct(all.filter(({ isManifest }) => isManifest));
  const contents: Contents = {
    blobs: await contentsOf(db, blobs, (some) => blobsQuery(repositoryId, some, most)),
    manifests: await contentsOf(db, manifests, (some) => manifestsQuery(repositoryId, some, most)),
  };
  return new Map([...closures].map(([root, closure]) => [root, measure(closure, contents)]));
}

/** Some content of a closure, and which manifests of the closure name it. */
interface Part {
  readonly key: string;
  readonly digest: Digest;
  readonly isManifest: boolean;
  readonly parents: string[];
}

/** What belongs to one manifest, itself included, by {@link keyOf}; whoever names comes before what is named. */
type Closure = Map<string, Part>;

interface Contents {
  readonly blobs: ReadonlyMap<Digest, ContentRow>;
  readonly manifests: ReadonlyMap<Digest, ContentRow>;
}

function keyOf(digest: Digest, isManifest: boolean): string {
  return `${isManifest ? 'manifest' : 'blob'} ${digest}`;
}

function addRow(closures: Map<Digest, Closure>, row: NamingRow): void {
  const { root, parent, digest } = row;
  const isManifest = row.isManifest === 1;
  const closure = closures.get(root) ?? new Map<string, Part>();
  closures.set(root, closure);
  const key = keyOf(digest, isManifest);
  const part = closure.get(key) ?? { key, digest, isManifest, parents: [] };
  closure.set(key, part);
  // The first row of a closure is its root, which nothing in it names.
  if (digest !== root) part.parents.push(keyOf(parent, true));
}

function measure(closure: Closure, { blobs, manifests }: Contents): Size {
  let total = 0;
  let unique = 0;
  for (const part of closure.values()) {
    const content = (part.isManifest ? manifests : blobs).get(part.digest);
    // A layer that clients fetch from elsewhere, or a platform that was not pushed.
    if (content === undefined) continue;
    total += content.size;
    if (content.isElsewhere === 0 && !isKept(part, closure, { blobs, manifests })) unique += content.size;
  }
  return sizeOf(total, unique);
}

/** Whether something outside names it, or what names it: indexes nest only a few levels deep. */
function isKept(part: Part, closure: Closure, contents: Contents): boolean {
  const content = (part.isManifest ? contents.manifests : contents.blobs).get(part.digest);
  if ((content?.namings ?? 0) > part.parents.length) return true;
  return part.parents.some((key) => {
    const parent = closure.get(key);
    return parent !== undefined && isKept(parent, closure, contents);
  });
}

function namingsOf(db: Queryable, repositoryId: number, roots: readonly Digest[]): Promise<readonly NamingRow[]> {
  return ask<NamingRow>(
    db,
    sql`
      with recursive namings (root, parent, digest, is_manifest) as (
        select digest, digest, digest, 1 from manifests
        where repository_id = ${repositoryId} and digest in (${sql.join(roots)})
        union
        select namings.root, edges.manifest_digest, edges.digest, case when edges.kind = 'manifest' then 1 else 0 end
        from namings join manifest_edges as edges
          on edges.repository_id = ${repositoryId} and edges.manifest_digest = namings.digest
        where namings.is_manifest = 1
      )
      select root, parent, digest, is_manifest as "isManifest" from namings`,
  );
}

function blobsQuery(repositoryId: number, digests: readonly Digest[], most: number): RawBuilder<ContentRow> {
  return sql<ContentRow>`
    select blobs.digest, blobs.size, (
      select count(*) from (
        select 1 from links as holders join manifest_edges as edges
          on edges.repository_id = holders.repository_id and edges.digest = holders.digest
        where holders.digest = blobs.digest limit ${most}
      ) as few
    ) as namings, 0 as "isElsewhere"
    from links join blobs on blobs.digest = links.digest
    where links.repository_id = ${repositoryId} and links.digest in (${sql.join(digests)})`;
}

function manifestsQuery(repositoryId: number, digests: readonly Digest[], most: number): RawBuilder<ContentRow> {
  return sql<ContentRow>`
    select manifests.digest, manifests.size, (
      select count(*) from (
        select 1 from manifest_edges as edges
        where edges.repository_id = manifests.repository_id and edges.digest = manifests.digest limit ${most}
      ) as few
    ) as namings, case when exists (
      select 1 from manifests as others
      where others.digest = manifests.digest and others.repository_id <> manifests.repository_id
    ) then 1 else 0 end as "isElsewhere"
    from manifests
    where manifests.repository_id = ${repositoryId} and manifests.digest in (${sql.join(digests)})`;
}

async function contentsOf(
  db: Queryable,
  digests: readonly Digest[],
  query: (some: readonly Digest[]) => RawBuilder<ContentRow>,
): Promise<ReadonlyMap<Digest, ContentRow>> {
  const found = new Map<Digest, ContentRow>();
  for (const some of chunks(digests)) {
    for (const row of await ask<ContentRow>(db, query(some))) found.set(row.digest, row);
  }
  return found;
}

function distinct(parts: readonly Part[]): readonly Digest[] {
  return [...new Set(parts.map(({ digest }) => digest))];
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += AT_ONCE) yield items.slice(start, start + AT_ONCE);
}

/** Kysely has no words for queries of this kind; their columns are what their row types say. */
function ask<Row>(db: Queryable, statement: RawBuilder<unknown>): Promise<readonly Row[]> {
  return db.build((kysely) => ({ compile: () => statement.compile(kysely) }) as Built<Row>);
}
