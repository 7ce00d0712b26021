import { tableOf, type CopiedTable } from '../metadata/copy/copied-tables.ts';
import { deleteRows, findSame, keyText, readStretch, type Row } from '../metadata/copy/rows.ts';
import type { Queryable } from '../metadata/database.ts';
import { repositoryLock } from '../metadata/locks.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import {
  nextTurn,
  type Check,
  type CheckOptions,
  type Finding,
  type FindingKind,
  type Look,
  type Suspect,
  type VerificationParts,
} from './finding.ts';

/** Rows that say something about rows of another table. */
interface Reference {
  readonly kind: FindingKind;
  readonly from: CopiedTable;
  readonly to: CopiedTable;
  /** Where it may be as well: what is in the trash keeps what hangs on it. */
  readonly orTo?: CopiedTable;
  /** The key of what is referred to. */
  readonly keyOf: (row: Row) => Row;
  /** Which rows refer to something. Default: all. */
  readonly refers?: (row: Row) => boolean;
  readonly problem: string;
  readonly plan: string;
}

const repositoryOf = (row: Row): Row => ({ id: row['repository_id'] ?? null });

const OWNERLESS = {
  kind: 'ownerless',
  to: tableOf('repositories'),
  orTo: tableOf('trashed_repositories'),
  keyOf: repositoryOf,
  problem: 'Its repository is not there.',
  plan: 'Remove it.',
} as const;

const REFERENCES: readonly Reference[] = [
  { ...OWNERLESS, from: tableOf('tags') },
  { ...OWNERLESS, from: tableOf('manifests') },
  { ...OWNERLESS, from: tableOf('links') },
  { ...OWNERLESS, from: tableOf('manifest_edges') },
  {
    kind: 'tag-dangling',
    from: tableOf('tags'),
    to: tableOf('manifests'),
    keyOf: ({ repository_id = null, digest = null }) => ({ repository_id, digest }),
    problem: 'The manifest it names is not there.',
    plan: 'Remove the tag.',
  },
  {
    kind: 'link-dangling',
    from: tableOf('links'),
    to: tableOf('blobs'),
    keyOf: ({ digest = null }) => ({ digest }),
    problem: 'The repository may serve a blob that is not there.',
    plan: 'Remove the link, so that the next push of the blob brings it back.',
  },
  {
    kind: 'contents-wrong',
    from: tableOf('manifest_edges'),
    to: tableOf('manifests'),
    keyOf: ({ repository_id = null, manifest_digest = null }) => ({ repository_id, digest: manifest_digest }),
    problem: 'Contents are recorded of a manifest that is not there.',
    plan: 'Remove what is recorded.',
  },
  {
    kind: 'trash-dangling',
    from: tableOf('trashed_manifests'),
    to: tableOf('manifest_contents'),
    keyOf: ({ digest = null }) => ({ digest }),
    problem: 'The bytes of a deleted manifest are not there: it cannot be restored.',
    plan: 'Remove it from the trash.',
  },
  {
    kind: 'trash-dangling',
    from: tableOf('trashed_edges'),
    to: tableOf('blobs'),
    keyOf: ({ digest = null }) => ({ digest }),
    refers: ({ is_linked }) => is_linked === 1,
    problem: 'A blob of a deleted manifest is not there: restored, it would not be whole.',
    plan: 'Remove what is recorded of the blob.',
  },
];

const ROWS_PER_LOOK = 1000;

/** Whatever a fact refers to is there. */
export function referenceCheck(parts: VerificationParts): Check {
  return { name: 'references', run: (options) => lookAtReferences(parts, options) };
}

/** Where it is: which reference, and behind which row. */
interface Bookmark {
  readonly reference: number;
  readonly after: Row | undefined;
}

async function* lookAtReferences(parts: VerificationParts, options: CheckOptions): AsyncGenerator<Look, void> {
  const begin: Bookmark =
    options.after === undefined ? { reference: 0, after: undefined } : (JSON.parse(options.after) as Bookmark);
  for (const [place, reference] of REFERENCES.entries()) {
    if (place < begin.reference) continue;
    let after = place === begin.reference ? begin.after : undefined;
    for (;;) {
      options.signal.throwIfAborted();
      const rows = await readStretch(parts.db, reference.from, { after, rows: ROWS_PER_LOOK });
      after = rows.at(-1);
      if (after === undefined) break;
      const dangling = await findDangling(parts.db, reference, rows);
      const suspects = dangling.map(
        (row): Suspect =>
          () =>
            examine(parts, reference, row),
      );
      yield { count: rows.length, bytes: 0, suspects, bookmark: JSON.stringify({ reference: place, after }) };
      await nextTurn();
    }
  }
}

async function findDangling(
  db: Queryable,
  { to, orTo, keyOf, refers }: Reference,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  let dangling = refers === undefined ? rows : rows.filter(refers);
  for (const table of [to, ...(orTo === undefined ? [] : [orTo])]) {
    if (dangling.length === 0) break;
    const wanted = new Map(dangling.map((row) => [keyText(table, keyOf(row)), keyOf(row)]));
    const found = new Set((await findSame(db, table, [...wanted.values()])).map((row) => keyText(table, row)));
    dangling = dangling.filter((row) => !found.has(keyText(table, keyOf(row))));
  }
  return dangling;
}

/** There before and after what it names was looked for in vain. */
async function isDangling(db: Queryable, reference: Reference, row: Row): Promise<boolean> {
  const { from } = reference;
  if ((await findDangling(db, reference, await findSame(db, from, [row]))).length === 0) return false;
  return (await findDangling(db, reference, await findSame(db, from, [row]))).length > 0;
}

async function examine(parts: VerificationParts, reference: Reference, row: Row): Promise<Finding | undefined> {
  const { kind, problem, plan } = reference;
  if (!(await isDangling(parts.db, reference, row))) return undefined;
  const repository = await nameOf(parts.db, row);
  return {
    kind,
    subject: subjectOf(reference.from, row, repository),
    problem,
    repair: { plan, apply: () => remove(parts, reference, { row, repository }) },
  };
}

function remove(
  { db, onRepaired }: VerificationParts,
  reference: Reference,
  { row, repository }: { readonly row: Row; readonly repository: RepositoryName | undefined },
): Promise<boolean> {
  return db
    .transaction(async (tx) => {
      if (repository !== undefined) await tx.lock('exclusive', [repositoryLock(repository)]);
      if (!(await isDangling(tx, reference, row))) return false;
      await deleteRows(tx, reference.from, [row]);
      return true;
    })
    .finally(() => repository !== undefined && onRepaired(repository));
}

export async function nameOf(db: Queryable, row: Row): Promise<RepositoryName | undefined> {
  const [repository] = await findSame(db, tableOf('repositories'), [repositoryOf(row)]);
  return repository?.['name'] as RepositoryName | undefined; // the column holds nothing else
}

function subjectOf({ name }: CopiedTable, row: Row, repository: RepositoryName | undefined): string {
  if (row['trash_id'] !== undefined) return `trash entry ${String(row['trash_id'])}: ${String(row['digest'])}`;
  const where = repository ?? `repository ${String(row['repository_id'])}`;
  if (name === 'tags') return `${where}:${String(row['name'])}`;
  return `${where}@${String(name === 'manifest_edges' ? row['manifest_digest'] : row['digest'])}`;
}
