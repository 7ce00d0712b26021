import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** What says when a manifest ends. Times are milliseconds since the epoch. */
export interface ExpiringManifest {
  readonly digest: Digest;
  readonly pushedAt: number;
  readonly expiresAt: number | null;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** Levels of indexes below: 0 for an image. */
  readonly depth: number;
}

const COLUMNS = ['digest', 'pushed_at as pushedAt', 'expires_at as expiresAt', 'annotations', 'depth'] as const;

const one = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest }>) =>
  db
    .selectFrom('manifests')
    .select(COLUMNS)
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest')),
);

const ofChildren = query((db, parameter: Parameter<{ repositoryId: number; index: Digest }>) =>
  db
    .selectFrom('manifest_edges')
    .innerJoin('manifests', (join) =>
      join
        .onRef('manifests.repository_id', '=', 'manifest_edges.repository_id')
        .onRef('manifests.digest', '=', 'manifest_edges.digest'),
    )
    .select([
      'manifests.digest',
      'manifests.pushed_at as pushedAt',
      'manifests.expires_at as expiresAt',
      'manifests.annotations',
      'manifests.depth',
    ])
    .where('manifest_edges.repository_id', '=', parameter('repositoryId'))
    .where('manifest_edges.manifest_digest', '=', parameter('index'))
    .where('manifests.expires_at', 'is not', null),
);

const changed = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest; expiresAt: number | null }>) =>
  db
    .updateTable('manifests')
    .set({ expires_at: parameter('expiresAt') })
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest')),
);

type Row = Omit<ExpiringManifest, 'annotations'> & { readonly annotations: string | null };

export async function findExpiring(
  db: Queryable,
  repositoryId: number,
  digest: Digest,
): Promise<ExpiringManifest | undefined> {
  const row = await db.first(one, { repositoryId, digest });
  return row === undefined ? undefined : expiringOf(row);
}

/** The manifests that an index names, of those that end. The index need not be recorded by more than its edges. */
export async function listExpiringChildren(
  db: Queryable,
  repositoryId: number,
  index: Digest,
): Promise<readonly ExpiringManifest[]> {
  return (await db.all(ofChildren, { repositoryId, index })).map(expiringOf);
}

/** Sets when a manifest ends, in milliseconds since the epoch; `null`: never by itself. */
export async function saveEnd(
  tx: Transaction,
  manifest: { readonly repositoryId: number; readonly digest: Digest; readonly expiresAt: number | null },
): Promise<void> {
  await tx.all(changed, manifest);
}

function expiringOf(row: Row): ExpiringManifest {
  const { annotations } = row;
  return {
    ...row,
    annotations: annotations === null ? undefined : (JSON.parse(annotations) as Record<string, string>), // our own JSON
  };
}
