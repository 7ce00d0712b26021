import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** What an image says of itself in its config. Of a manifest, whatever repositories have it. */
export interface ImageDetails {
  readonly createdAt: Date | undefined;
  /** Such as `linux/arm64/v8`. */
  readonly platform: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

interface Columns {
  readonly digest: Digest;
  readonly createdAt: number | null;
  readonly platform: string | null;
  readonly labels: string | null;
}

const saved = query((db, parameter: Parameter<Columns>) =>
  db
    .insertInto('image_details')
    .values({
      digest: parameter('digest'),
      created_at: parameter('createdAt'),
      platform: parameter('platform'),
      labels: parameter('labels'),
    })
    .onConflict((conflict) => conflict.column('digest').doNothing()),
);

const one = query((db, parameter: Parameter<{ digest: Digest }>) =>
  db
    .selectFrom('image_details')
    .select(['created_at as createdAt', 'platform', 'labels'])
    .where('digest', '=', parameter('digest')),
);

/** What an image says never changes: what is recorded of it stays. */
export async function saveImageDetails(tx: Transaction, digest: Digest, details: ImageDetails): Promise<void> {
  await tx.all(saved, columnsOf(digest, details));
}

/** Rows in one statement: engines bound the number of parameters. */
const ROWS_PER_STATEMENT = 1000;

/** As {@link saveImageDetails}, for many. */
export async function saveManyImageDetails(
  tx: Transaction,
  detailsByDigest: ReadonlyMap<Digest, ImageDetails>,
): Promise<void> {
  // In one order: two who write the same must not wait for each other in a circle.
  const rows = [...detailsByDigest]
    .map(([digest, details]) => columnsOf(digest, details))
    .toSorted((one, other) => (one.digest < other.digest ? -1 : 1))
    .map(({ digest, createdAt, platform, labels }) => ({ digest, created_at: createdAt, platform, labels }));
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    const values = rows.slice(start, start + ROWS_PER_STATEMENT);
    await tx.build((kysely) =>
      kysely
        .insertInto('image_details')
        .values(values)
        .onConflict((conflict) => conflict.column('digest').doNothing()),
    );
  }
}

function columnsOf(digest: Digest, { createdAt, platform, labels }: ImageDetails): Columns {
  return {
    digest,
    createdAt: createdAt?.getTime() ?? null,
    platform: platform ?? null,
    labels: labels === undefined ? null : JSON.stringify(labels),
  };
}

export async function findImageDetails(db: Queryable, digest: Digest): Promise<ImageDetails | undefined> {
  const row = await db.first(one, { digest });
  if (row === undefined) return undefined;
  return {
    createdAt: row.createdAt === null ? undefined : new Date(row.createdAt),
    platform: row.platform ?? undefined,
    labels: row.labels === null ? undefined : (JSON.parse(row.labels) as Record<string, string>), // our own JSON
  };
}
