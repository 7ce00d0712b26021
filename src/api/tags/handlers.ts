import type { z } from 'zod';
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
import { measureTotals } from '../../metadata/total-sizes.ts';
import { findUsage } from '../../metadata/usage.ts';
import { parseDigest, type Digest } from '../../oci/digest.ts';
import { ManifestUnknownError, NameUnknownError } from '../../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import { whyPartsStay } from '../../registry/rules/kept.ts';
import type { RepositoryRules } from '../../registry/rules/repository-rules.ts';
import { listTagPage } from '../../registry/tag-pages.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { readPosition, writePosition } from './position.ts';
import { listTags, showManifest, type ManifestDocument, type TagDocument } from './contract.ts';

type TagParts = Pick<AdminParts, 'database' | 'rules' | 'now'>;

export function tagEndpoints(parts: TagParts): readonly Endpoint[] {
  return [
    endpoint(listTags, async (input, { identity }) => {
      const { tags, ...page } = await tagsOf(parts, input);
      return { tags: tags.map((tag) => withoutNames(tag, identity)), ...page };
    }),
    endpoint(showManifest, async ({ repository, digest }, { actor, identity }) => {
      const asked = { digest: parseDigest(digest), actor };
      const manifest = await manifestOf(parts, parseRepositoryName(repository), asked);
      return { manifest: withoutNames(manifest, identity) };
    }),
  ];
}

/** Where anybody may pull, not everybody is told who works here: a pull names its account, and a rule those it lets. */
function withoutNames<Document extends { lastPulledBy: string | null; setBy?: string | null; keptBy?: string | null }>(
  document: Document,
  identity: Identity,
): Document {
  if (!isAnonymous(identity)) return document;
  const keptBy = typeof document.keptBy === 'string' ? { keptBy: 'a rule of the repository' } : {};
  const setBy = typeof document.setBy === 'string' ? { setBy: '' } : {};
  return { ...document, lastPulledBy: document.lastPulledBy === null ? null : '', ...setBy, ...keptBy };
}

async function tagsOf(
  { database, rules }: TagParts,
  { repository, after, q, sort, direction, ...page }: z.output<typeof listTags.input>,
): Promise<z.output<typeof listTags.output>> {
  const name = parseRepositoryName(repository);
  const repositoryId = await idOf(database, name);
  const from = after === undefined ? undefined : readPosition(sort, after);
  const request = { ...page, repositoryId, order: sort, direction, after: from, part: q };
  const { names, next } = await listTagPage(database, request);
  const details = await listTagDetails(database, repositoryId, names);
  const bytes = await measureTotals(database, repositoryId, measurable(details));
  const own = await rules.at(database, name);
  const isWhole = q === '' && page.prefix === '';
  return {
    tags: details.map((tag) => tagOf(tag, bytes.get(tag.digest), own)),
    total: isWhole ? (await findUsage(database, repositoryId)).tags : null,
    next: next === undefined ? null : writePosition(sort, next),
  };
}

/** Manifests that are measured for one page, children of indexes included; what they name is bounded where it is read. */
const MOST_MEASURED = 300;

/** The first ones, until too much belongs to them. */
function measurable(tags: readonly TagDetails[]): readonly Digest[] {
  const digests = new Set<Digest>();
  let manifests = 0;
  for (const { digest, children } of tags) {
    if (digests.has(digest) || manifests + 1 + children > MOST_MEASURED) continue;
    manifests += 1 + children;
    digests.add(digest);
  }
  return [...digests];
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

function tagOf(details: TagDetails, bytes: number | undefined, own: RepositoryRules): TagDocument {
  const { name, digest, setBy, otherTags, children, platform, platforms } = details;
  return {
    name,
    updatedAt: new Date(details.updatedAt).toISOString(),
    setBy,
    ...commonOf(details),
    children,
    platforms: (platforms ?? platform)?.split(' ') ?? [],
    bytes: bytes ?? null,
    otherTags,
    isImmutable: own.of('immutable').some((rule) => rule.tags(name)),
    isProtected: own.of('protected').some((rule) => rule.tags(name)),
    isPinned: own.of('pinned').some(({ settings }) => settings.digest === digest),
  };
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
