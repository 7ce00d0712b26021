import { isAnonymous, type Identity } from '../../auth/identity.ts';
import type { Actor } from '../../metadata/actor.ts';
import type { Database } from '../../metadata/database.ts';
import { listNamingIndexes } from '../../metadata/deletable-manifests.ts';
import { listEdges } from '../../metadata/edges-of-manifest.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import {
  findManifestDetails,
  listTagDetails,
  type ManifestDetails,
  type TagDetails,
} from '../../metadata/tag-details.ts';
import { listTagsOf } from '../../metadata/tags.ts';
import { parseDigest, type Digest } from '../../oci/digest.ts';
import { ManifestUnknownError, NameUnknownError } from '../../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import { whyPartsStay } from '../../registry/rules/kept.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { listTags, showManifest, type ManifestDocument, type TagDocument } from './contract.ts';

type TagParts = Pick<AdminParts, 'database' | 'rules' | 'now'>;

export function tagEndpoints(parts: TagParts): readonly Endpoint[] {
  const { database } = parts;
  return [
    endpoint(listTags, async ({ repository, after = '', limit }, { identity }) => {
      const repositoryId = await idOf(database, parseRepositoryName(repository));
      const found = await listTagDetails(database, repositoryId, after, limit + 1);
      const shown = found.slice(0, limit);
      const next = found.length > limit ? (shown.at(-1)?.name ?? null) : null;
      return { tags: shown.map((tag) => withoutNames(tagOf(tag), identity)), next };
    }),
    endpoint(showManifest, async ({ repository, digest }, { actor, identity }) => {
      const asked = { digest: parseDigest(digest), actor };
      const manifest = await manifestOf(parts, parseRepositoryName(repository), asked);
      return { manifest: withoutNames(manifest, identity) };
    }),
  ];
}

/** Where anybody may pull, not everybody is told who works here: a pull names its account, and a rule those it lets. */
function withoutNames<Document extends { lastPulledBy: string | null; keptBy?: string | null }>(
  document: Document,
  identity: Identity,
): Document {
  if (!isAnonymous(identity)) return document;
  const keptBy = typeof document.keptBy === 'string' ? { keptBy: 'a rule of the repository' } : {};
  return { ...document, lastPulledBy: document.lastPulledBy === null ? null : '', ...keptBy };
}

async function manifestOf(
  { database, rules, now }: TagParts,
  repository: RepositoryName,
  { digest, actor }: { readonly digest: Digest; readonly actor: Actor },
): Promise<ManifestDocument> {
  const repositoryId = await idOf(database, repository);
  const details = await findManifestDetails(database, repositoryId, digest);
  if (details === undefined) throw new ManifestUnknownError(digest);
  const tags = await listTagsOf(database, repositoryId, digest);
  const edges = await listEdges(database, repositoryId, digest);
  const indexes = await listNamingIndexes(database, repositoryId, [digest]);
  const own = await rules.at(database, repository);
  const asked = { digest, tags, pushedAt: new Date(details.pushedAt), actor, now: now() };
  const whole = await whyPartsStay(database, own, { repositoryId, digests: [digest], actor, now: now() });
  return {
    ...commonOf(details),
    annotations: textsOf(details.annotations),
    labels: textsOf(details.labels),
    tags: [...tags],
    children: edges.filter(({ kind }) => kind === 'manifest').map((edge) => edge.digest),
    indexes: indexes.map(({ index }) => index),
    keptBy: own.whyNotDelete(asked) ?? whole.get(digest) ?? null,
  };
}

async function idOf(db: Database, repository: RepositoryName): Promise<number> {
  const id = await findRepositoryId(db, repository);
  if (id === undefined) throw new NameUnknownError(repository);
  return id;
}

function tagOf(details: TagDetails): TagDocument {
  return { name: details.name, updatedAt: new Date(details.updatedAt).toISOString(), ...commonOf(details) };
}

function commonOf(details: Omit<ManifestDetails, 'annotations' | 'labels'>) {
  const { digest, mediaType, artifactType, subject, size, platform } = details;
  return {
    digest,
    mediaType,
    artifactType,
    subject,
    size,
    platform,
    pushedAt: new Date(details.pushedAt).toISOString(),
    expiresAt: timeOf(details.expiresAt),
    lastPulledAt: timeOf(details.pulledAt),
    lastPulledBy: details.pulledBy,
    pulls: details.pulls ?? 0,
    builtAt: timeOf(details.builtAt),
  };
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

function textsOf(json: string | null): Record<string, string> {
  return json === null ? {} : (JSON.parse(json) as Record<string, string>); // our own JSON
}
