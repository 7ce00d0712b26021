import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable } from './database.ts';

interface Asked {
  readonly repositoryId: number;
  readonly digests: readonly Digest[];
  readonly limit: number;
}

const edges = query((db, parameter: Parameter<Asked>) =>
  db
    .selectFrom('manifest_edges')
    .leftJoin('links', (join) =>
      join
        .onRef('links.repository_id', '=', 'manifest_edges.repository_id')
        .onRef('links.digest', '=', 'manifest_edges.digest'),
    )
    .leftJoin('blobs', 'blobs.digest', 'links.digest')
    .select([
      'manifest_edges.manifest_digest as manifest',
      'manifest_edges.digest',
      'manifest_edges.kind',
      'blobs.size',
    ])
    .where('manifest_edges.repository_id', '=', parameter('repositoryId'))
    .where('manifest_edges.manifest_digest', 'in', parameter('digests'))
    .limit(parameter('limit')),
);

const sizes = query((db, parameter: Parameter<Omit<Asked, 'limit'>>) =>
  db
    .selectFrom('manifests')
    .select(['digest', 'size'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', 'in', parameter('digests')),
);

/** Of all that is asked for together: one manifest may have 10,000 layers. */
const MOST_EDGES = 12_000;

/** An index of an index of… is nobody's. */
const MOST_LEVELS = 8;

/**
 * How much belongs to each of these manifests of a repository, in bytes: children of an index, configs, layers, the
 * manifests themselves, each content once. Much cheaper than `measureManifests`, which also asks who else has it.
 *
 * Reads {@link MOST_EDGES} at most. Those that are not in the repository are missing from the answer, and so are those
 * to which more belongs than is read.
 */
export async function measureTotals(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  const read = await readContents(db, repositoryId, digests);
  const totals = new Map<Digest, number>();
  let left = MOST_EDGES;
  for (const digest of new Set(digests)) {
    const total = totalOf(read, digest, left);
    if (total === undefined) continue;
    left -= total.contents;
    totals.set(digest, total.bytes);
  }
  return totals;
}

interface Contents {
  /** Of each manifest, read whole. */
  readonly manifests: ReadonlyMap<Digest, ManifestContents>;
  /** Of those that are not in the repository. */
  readonly absent: ReadonlySet<Digest>;
}

interface ManifestContents {
  readonly bytes: number;
  readonly children: Digest[];
  readonly blobs: Map<Digest, number>;
}

/** Some of them at a time, in order, until there is too much to read. */
const AT_A_TIME = 10;

async function readContents(db: Queryable, repositoryId: number, digests: readonly Digest[]): Promise<Contents> {
  const reading = new Reading(db, repositoryId);
  for (let start = 0; start < digests.length; start += AT_A_TIME) {
    if (!(await reading.read(digests.slice(start, start + AT_A_TIME)))) break;
  }
  return reading;
}

class Reading implements Contents {
  readonly manifests = new Map<Digest, ManifestContents>();
  readonly absent = new Set<Digest>();
  readonly #db: Queryable;
  readonly #repositoryId: number;
  #left = MOST_EDGES;

  constructor(db: Queryable, repositoryId: number) {
    this.#db = db;
    this.#repositoryId = repositoryId;
  }

  /** Level by level. @returns whether that was not too much. */
  async read(digests: readonly Digest[]): Promise<boolean> {
    let level = this.#unread(digests);
    for (let depth = 0; depth <= MOST_LEVELS && level.length > 0; depth += 1) {
      const asked = { repositoryId: this.#repositoryId, digests: level };
      const rows = await this.#db.all(edges, { ...asked, limit: this.#left + 1 });
      if (rows.length > this.#left) return false;
      this.#left -= rows.length;
      const found = await this.#db.all(sizes, asked);
      for (const { digest, size } of found) this.manifests.set(digest, { bytes: size, children: [], blobs: new Map() });
      for (const digest of level) if (!this.manifests.has(digest)) this.absent.add(digest);
      for (const { manifest, digest, kind, size } of rows) {
        const contents = this.manifests.get(manifest);
        if (kind === 'manifest') contents?.children.push(digest);
        else contents?.blobs.set(digest, size ?? 0);
      }
      level = this.#unread(rows.filter(({ kind }) => kind === 'manifest').map(({ digest }) => digest));
    }
    return true;
  }

  #unread(digests: readonly Digest[]): readonly Digest[] {
    return [...new Set(digests)].filter((digest) => !this.manifests.has(digest) && !this.absent.has(digest));
  }
}

/** @returns nothing where something was not read, or where it has more contents than `most`. */
function totalOf(
  { manifests, absent }: Contents,
  root: Digest,
  most: number,
): { readonly bytes: number; readonly contents: number } | undefined {
  if (!manifests.has(root)) return undefined;
  const seen = new Set([root]);
  const blobs = new Set<Digest>();
  let bytes = 0;
  for (const digest of seen) {
    const contents = manifests.get(digest);
    if (contents === undefined && !absent.has(digest)) return undefined;
    bytes += contents?.bytes ?? 0;
    for (const child of contents?.children ?? []) seen.add(child);
    for (const [blob, size] of contents?.blobs ?? []) {
      if (!blobs.has(blob)) bytes += size;
      blobs.add(blob);
    }
    if (seen.size - 1 + blobs.size > most) return undefined;
  }
  return { bytes, contents: seen.size - 1 + blobs.size };
}
