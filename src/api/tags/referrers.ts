import type { z } from 'zod';
import type { Database } from '../../metadata/database.ts';
import { findManifestRows } from '../../metadata/manifests.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import { findTag } from '../../metadata/tags.ts';
import { cosignTags } from '../../oci/digest-tag.ts';
import { parseDigest, type Digest } from '../../oci/digest.ts';
import { NameUnknownError } from '../../oci/errors.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { type Referrer, Referrers } from '../../registry/referrers.ts';
import type { ReferrerDocument } from '../browsing/contract.ts';
import type { listManifestReferrers } from './contract.ts';

/** Behind the last digest: what only tags tell. */
const TAGS = 'tags';

/** What refers to a manifest of this registry; at the end, what only the tags of older tools tell. */
export async function referrersOf(
  db: Database,
  { repository, digest, after = '', limit }: z.output<typeof listManifestReferrers.input>,
): Promise<z.output<typeof listManifestReferrers.output>> {
  const name = parseRepositoryName(repository);
  const subject = parseDigest(digest);
  const repositoryId = await findRepositoryId(db, name);
  if (repositoryId === undefined) throw new NameUnknownError(name);
  if (after === TAGS) return { referrers: [...(await taggedOf(db, repositoryId, subject))], next: null };
  const { referrers, next } = await new Referrers(db).list(name, subject, { last: after, limit });
  const shown = referrers.map((referrer) => documentOf(referrer, null));
  if (next !== undefined) return { referrers: shown, next };
  const tagged = await taggedOf(db, repositoryId, subject);
  return shown.length > 0 && shown.length + tagged.length > limit
    ? { referrers: shown, next: TAGS }
    : { referrers: [...shown, ...tagged], next: null };
}

async function taggedOf(db: Database, repositoryId: number, subject: Digest): Promise<readonly ReferrerDocument[]> {
  const found = await Promise.all(
    cosignTags(subject).map(async (tag): Promise<readonly ReferrerDocument[]> => {
      const digest = await findTag(db, repositoryId, tag);
      const [row] = digest === undefined ? [] : await findManifestRows(db, repositoryId, [digest]);
      if (row === undefined) return [];
      const { mediaType, size, artifactType } = row;
      return [documentOf({ digest: row.digest, mediaType, size, ...(artifactType !== null && { artifactType }) }, tag)];
    }),
  );
  return found.flat();
}

function documentOf(
  { digest, mediaType, artifactType, size, annotations }: Referrer,
  tag: string | null,
): ReferrerDocument {
  return { digest, mediaType, artifactType: artifactType ?? null, size, tag, annotations: { ...annotations } };
}
