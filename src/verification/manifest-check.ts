import { tableOf } from '../metadata/copy/copied-tables.ts';
import { deleteRows, findSame, readContentsInGroups, readStretch, type Row } from '../metadata/copy/rows.ts';
import { findBlob } from '../metadata/blobs.ts';
import type { Queryable, Transaction } from '../metadata/database.ts';
import { findUnlinked, saveLink } from '../metadata/links.ts';
import { blobLock, manifestContentLock, repositoryLock } from '../metadata/locks.ts';
import { deleteEdges, saveEdges, type ManifestEdge } from '../metadata/manifest-edges.ts';
import { listEdges } from '../metadata/edges-of-manifest.ts';
import { deleteManifest, findDepths } from '../metadata/manifests.ts';
import { deleteTagsOf } from '../metadata/tags.ts';
import { algorithmOf, digestOf, type Digest } from '../oci/digest.ts';
import { parseManifest, requiredBlobs, type ParsedManifest } from '../oci/manifest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { childrenOf, edgesOf } from '../registry/manifest-facts.ts';
import {
  nextTurn,
  type Check,
  type CheckOptions,
  type Finding,
  type Look,
  type Suspect,
  type VerificationParts,
} from './finding.ts';
import { nameOf } from './reference-check.ts';

const MANIFESTS = tableOf('manifests');
const CONTENTS = tableOf('manifest_contents');
const MANIFESTS_PER_LOOK = 200;

/** Far above what is taken in: whatever was accepted once is read. */
const ANY = { manifests: 1_000_000, layers: 1_000_000 };

/** Every manifest has its bytes, of its digest, and its repository has what they need. */
export function manifestCheck(parts: VerificationParts): Check {
  return { name: 'manifests', run: (options) => lookAtManifests(parts, options) };
}

async function* lookAtManifests(parts: VerificationParts, options: CheckOptions): AsyncGenerator<Look, void> {
  let after = options.after === undefined ? undefined : (JSON.parse(options.after) as Row);
  for (;;) {
    options.signal.throwIfAborted();
    const rows = await readStretch(parts.db, MANIFESTS, { after, rows: MANIFESTS_PER_LOOK });
    after = rows.at(-1);
    if (after === undefined) return;
    const { wrong, bytes } = await findWrong(parts, rows, options);
    const suspects = wrong.map(
      (row): Suspect =>
        () =>
          examine(parts, row, options),
    );
    yield { count: rows.length, bytes, suspects, bookmark: JSON.stringify(keyOf(after)) };
    await options.pace(bytes);
    await nextTurn();
  }
}

function keyOf({ repository_id = null, digest = null }: Row): Row {
  return { repository_id, digest };
}

async function findWrong(
  parts: VerificationParts,
  rows: readonly Row[],
  options: CheckOptions,
): Promise<{ readonly wrong: readonly Row[]; readonly bytes: number }> {
  const byDigest = Map.groupBy(rows, (row) => String(row['digest']));
  const wrong = new Set(rows);
  let bytes = 0;
  const contents = [...byDigest.keys()].map((digest) => ({ digest }));
  for await (const group of readContentsInGroups(parts.db, CONTENTS, contents)) {
    for (const content of group) {
      bytes += bytesOf(content).byteLength;
      for (const row of byDigest.get(String(content['digest'])) ?? []) {
        if ((await problemOf({ ...parts, ...options }, row, content)) === undefined) wrong.delete(row);
      }
    }
  }
  return { wrong: [...wrong], bytes };
}

/** What is wrong with one manifest of one repository. */
interface Problem {
  readonly kind: Finding['kind'];
  readonly problem: string;
  readonly plan?: string;
  readonly missing?: readonly Digest[];
}

/** What decides whether something is wrong. */
interface Judged {
  readonly db: Queryable;
  readonly rules: VerificationParts['rules'];
  readonly full: boolean;
}

async function problemOf(
  { db, rules, full }: Judged,
  row: Row,
  content: Row | undefined,
): Promise<Problem | undefined> {
  if (content === undefined) return { ...FORGET, kind: 'manifest-lost', problem: 'Its bytes are not there.' };
  const [digest, bytes, repositoryId] = [digestIn(row), bytesOf(content), Number(row['repository_id'])];
  if (full && digestOf(bytes, algorithmOf(digest)) !== digest) {
    return { ...FORGET, kind: 'manifest-corrupt', problem: 'Its bytes are not those of its digest.' };
  }
  const manifest = readManifest(bytes, String(row['media_type']));
  if (manifest === undefined) return { kind: 'manifest-corrupt', problem: 'Its bytes are not those of a manifest.' };
  if (full && !isSame(await listEdges(db, repositoryId, digest), edgesOf(manifest))) {
    return {
      kind: 'contents-wrong',
      problem: 'What is recorded of its contents is not what it names.',
      plan: 'Record them anew.',
    };
  }
  const unlinked = rules.requireBlobs ? await findUnlinked(db, repositoryId, requiredBlobs(manifest)) : [];
  if (unlinked.length > 0) return unlinkedProblem(db, unlinked);
  return rules.requireIndexChildren ? childProblem(db, repositoryId, manifest) : undefined;
}

const FORGET = {
  plan: 'Remove the manifest, and the tags that name it, so that the next push of it brings it back.',
} as const;

async function unlinkedProblem(db: Queryable, missing: readonly Digest[]): Promise<Problem> {
  const lost: Digest[] = [];
  for (const digest of missing) if ((await findBlob(db, digest)) === undefined) lost.push(digest);
  if (lost.length > 0) {
    const problem = `It needs ${lost.join(', ')}, which is lost. Push the image again: clients send what is missing.`;
    return { kind: 'blob-unlinked', problem };
  }
  return {
    kind: 'blob-unlinked',
    problem: `It needs ${missing.join(', ')}, which its repository may not serve.`,
    plan: 'Let the repository serve it: its bytes are there.',
    missing,
  };
}

async function childProblem(
  db: Queryable,
  repositoryId: number,
  manifest: ParsedManifest,
): Promise<Problem | undefined> {
  const children = childrenOf(manifest);
  const there = await findDepths(db, repositoryId, children);
  const missing = children.filter((child) => !there.has(child));
  if (missing.length === 0) return undefined;
  return {
    kind: 'child-missing',
    problem: `It names ${missing.join(', ')}, which is not there. Push the image again.`,
  };
}

/** The same manifest twice: what was wrong because it went away in between is not there the second time. */
async function examine(parts: VerificationParts, row: Row, options: CheckOptions): Promise<Finding | undefined> {
  const problem = await currentProblem({ ...parts, ...options }, row);
  if (problem === undefined || (await findSame(parts.db, MANIFESTS, [row])).length === 0) return undefined;
  const repository = await nameOf(parts.db, row);
  if (repository === undefined) return undefined; // told by the check of references
  const { kind, plan } = problem;
  return {
    kind,
    subject: `${repository}@${digestIn(row)}`,
    problem: problem.problem,
    ...(plan !== undefined && { repair: { plan, apply: () => repair(parts, { row, repository }, options) } }),
  };
}

async function currentProblem(judged: Judged, row: Row): Promise<Problem | undefined> {
  const { db } = judged;
  if ((await findSame(db, MANIFESTS, [row])).length === 0) return undefined;
  for await (const [content] of readContentsInGroups(db, CONTENTS, [{ digest: digestIn(row) }])) {
    return problemOf(judged, row, content);
  }
  return problemOf(judged, row, undefined);
}

interface Repaired {
  readonly row: Row;
  readonly repository: RepositoryName;
}

async function repair(
  parts: VerificationParts,
  { row, repository }: Repaired,
  options: CheckOptions,
): Promise<boolean> {
  const { missing = [] } = (await currentProblem({ ...parts, ...options }, row)) ?? {};
  try {
    return await parts.db.transaction(async (tx) => {
      await tx.lock('shared', missing.map(blobLock));
      await tx.lock('exclusive', [manifestContentLock(digestIn(row)), repositoryLock(repository)]);
      const found = await currentProblem({ ...parts, ...options, db: tx }, row);
      if (found?.plan === undefined) return false;
      await mend(tx, row, { found, locked: new Set(missing), now: parts.now() });
      return true;
    });
  } finally {
    parts.onRepaired(repository);
  }
}

interface Mending {
  readonly found: Problem;
  /** Whose rows stay as they are until the end. */
  readonly locked: ReadonlySet<Digest>;
  readonly now: Date;
}

async function mend(tx: Transaction, row: Row, { found, locked, now }: Mending): Promise<void> {
  const [digest, repositoryId] = [digestIn(row), Number(row['repository_id'])];
  if (found.kind === 'blob-unlinked') {
    const there = (found.missing ?? []).filter((missing) => locked.has(missing));
    for (const missing of there) await saveLink(tx, { repositoryId, digest: missing }, now);
    return;
  }
  await deleteEdges(tx, repositoryId, digest);
  if (found.kind === 'contents-wrong') {
    await saveEdges(tx, repositoryId, digest, await edgesNow(tx, row));
    return;
  }
  await deleteTagsOf(tx, repositoryId, digest);
  await deleteManifest(tx, repositoryId, digest);
  // Bytes that are wrong would stay for whoever pushes the right ones.
  await deleteRows(tx, CONTENTS, [{ digest }]);
}

async function edgesNow(db: Queryable, row: Row): Promise<readonly ManifestEdge[]> {
  for await (const [content] of readContentsInGroups(db, CONTENTS, [{ digest: digestIn(row) }])) {
    const manifest = content && readManifest(bytesOf(content), String(row['media_type']));
    if (manifest !== undefined) return edgesOf(manifest);
  }
  return [];
}

function isSame(recorded: readonly ManifestEdge[], named: readonly ManifestEdge[]): boolean {
  const text = ({ kind, digest }: ManifestEdge): string => `${kind} ${digest}`;
  const wanted = new Set(named.map(text));
  return recorded.length === wanted.size && recorded.every((edge) => wanted.has(text(edge)));
}

/** @returns `undefined` when it is none. */
function readManifest(bytes: Uint8Array, mediaType: string): ParsedManifest | undefined {
  try {
    return parseManifest(bytes, mediaType, ANY);
  } catch {
    return undefined;
  }
}

function digestIn(row: Row): Digest {
  return String(row['digest']) as Digest; // the column holds nothing else
}

function bytesOf(content: Row): Uint8Array {
  const { bytes } = content;
  return bytes instanceof Uint8Array ? bytes : new Uint8Array();
}
