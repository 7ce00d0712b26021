import type { Queryable } from '../../metadata/database.ts';
import { findManifestRows } from '../../metadata/manifests.ts';
import { BEFORE_FIRST, walkTags } from '../../metadata/tag-pages.ts';
import { findTag } from '../../metadata/tags.ts';
import type { Digest } from '../../oci/digest.ts';
import { digestTagBeginning } from '../../oci/digest-tag.ts';
import { kindOfDigestTag, manifestKind, type ManifestKind } from '../../oci/manifest-kind.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import type { Referrer, Referrers } from '../referrers.ts';

/** What refers to a manifest, and what refers to that in turn. */
export interface ReferrerNode extends Referrer {
  readonly kind: ManifestKind;
  /** Of cosign's way to refer: the tag that says so. `null`: the manifest says it itself. */
  readonly tag: string | null;
  readonly referrers: readonly ReferrerNode[];
  /** Whether more refers to it than is shown. */
  readonly hasMore: boolean;
}

export interface ReferrerPage {
  readonly nodes: readonly ReferrerNode[];
  readonly next?: Digest;
}

export interface ReferrerTreeParts {
  readonly db: Queryable;
  readonly referrers: Pick<Referrers, 'list'>;
}

export interface ReferrerTreeRequest {
  readonly repository: RepositoryName;
  readonly repositoryId: number;
  readonly subject: Digest;
  /** Strictly after this digest; empty: from the first. */
  readonly after: string;
  readonly limit: number;
}

/** Below the first level: signatures of attestations, and little else. */
const MOST_LEVELS = 3;
const MOST_BELOW_ONE = 10;
const MOST_ASKED = 100;
const MOST_TAGS = 50;

/** What cosign says by tags comes with the first page. */
export async function referrerTree(parts: ReferrerTreeParts, request: ReferrerTreeRequest): Promise<ReferrerPage> {
  const { repository, subject, after, limit } = request;
  const page = await parts.referrers.list(repository, subject, { last: after, limit });
  const tagged = after === '' ? await listTagged(parts.db, request) : [];
  const seen = new Set<Digest>([subject]);
  const budget = { asks: MOST_ASKED };
  const grow = async (one: Referrer, tag: string | null, level: number): Promise<ReferrerNode> => {
    const node = { ...one, kind: (tag === null ? undefined : kindOfDigestTag(tag)) ?? manifestKind(one), tag };
    // What refers to itself, by however many others, is shown once.
    if (seen.has(one.digest) || level === MOST_LEVELS || budget.asks === 0) {
      return { ...node, referrers: [], hasMore: false };
    }
    seen.add(one.digest);
    budget.asks -= 1;
    const below = await parts.referrers.list(repository, one.digest, { last: '', limit: MOST_BELOW_ONE });
    const referrers: ReferrerNode[] = [];
    for (const child of below.referrers) referrers.push(await grow(child, null, level + 1));
    return { ...node, referrers, hasMore: below.next !== undefined };
  };
  const nodes: ReferrerNode[] = [];
  for (const one of page.referrers) nodes.push(await grow(one, null, 1));
  for (const { referrer, tag } of tagged) nodes.push(await grow(referrer, tag, 1));
  return { nodes, ...(page.next !== undefined && { next: page.next }) };
}

/** `sha256-<hex>.sig` and the like. The tag without an ending is a list of referrers, which are found without it. */
async function listTagged(
  db: Queryable,
  { repositoryId, subject }: ReferrerTreeRequest,
): Promise<readonly { readonly referrer: Referrer; readonly tag: string }[]> {
  const prefix = `${digestTagBeginning(subject)}.`;
  const stretch = { repositoryId, after: BEFORE_FIRST.ascending, prefix, part: '', rows: MOST_TAGS, limit: MOST_TAGS };
  const tags = (await walkTags(db, 'name', 'ascending', stretch)).map(({ name }) => name);
  const found: { referrer: Referrer; tag: string }[] = [];
  for (const tag of tags) {
    const digest = tag === null ? undefined : await findTag(db, repositoryId, tag);
    const [row] = digest === undefined ? [] : await findManifestRows(db, repositoryId, [digest]);
    if (row === undefined || tag === null) continue;
    const { mediaType, size, artifactType } = row;
    const type = artifactType === null ? {} : { artifactType };
    found.push({ referrer: { mediaType, size, digest: row.digest, ...type }, tag });
  }
  return found;
}
