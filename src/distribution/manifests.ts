import {
  DeletionDisabledError,
  DigestInvalidError,
  ManifestTooLargeError,
  ManifestUnknownError,
  TagInvalidError,
  TooManyTagsError,
} from '../oci/errors.ts';
import { isSchema1Type, parseMediaType } from '../oci/media-types.ts';
import { parseTagOrDigest, type TagOrDigest } from '../oci/tag-or-digest.ts';
import { parseTag } from '../oci/tag.ts';
import { BodyTooLargeError, readBounded } from '../http/request-body.ts';
import type { ManifestContent } from '../metadata/manifests.ts';
import type { PullSink } from '../events/pull-events.ts';
import type { Manifests } from '../registry/manifests.ts';
import type { Pulls } from '../registry/pulls.ts';
import { actorOf } from './actor.ts';
import type { AtOnceOrLater, Call } from './call.ts';
import { isUnchanged } from './conditional.ts';
import { pullWarning, pushWarning } from './end-warning.ts';
import { emptyReply, PreparedHeaders, type Reply } from './reply.ts';

export interface PullParts {
  readonly manifests: Manifests;
  readonly pulls: Pick<Pulls, 'note'>;
  /** Who is told of pulls; absent: nobody. */
  readonly pullSink?: PullSink;
}

/** distribution-spec main asks for 10 at least; each is a row written. */
const MOST_EXTRA_TAGS = 100;

/**
 * end-3: `GET|HEAD /v2/<name>/manifests/<tag or digest>`. `Accept` is a hint that we never act on by converting: what
 * was pushed is what is pulled. Only a client that can read nothing but schema 1 is told that there is nothing.
 */
export function getManifest(call: Call<'manifest'>, parts: PullParts): AtOnceOrLater<Reply> {
  const { repository, reference } = call.route;
  const known = parts.manifests.recall(repository, reference);
  if (known !== undefined) return manifestReply(call, parts, known);
  return parts.manifests
    .get(repository, readableReference(reference))
    .then((content) => manifestReply(call, parts, content));
}

/** end-7: `PUT /v2/<name>/manifests/<tag or digest>`, with `?tag=` of main's end-7b. */
export async function putManifest(call: Call<'manifest'>, manifests: Manifests, limitBytes: number): Promise<Reply> {
  const { request, route, query } = call;
  const reference = parseTagOrDigest(route.reference);
  const extraTags = 'digest' in reference ? query.getAll('tag') : [];
  if (extraTags.length > MOST_EXTRA_TAGS) throw new TooManyTagsError(MOST_EXTRA_TAGS);
  const pushed = {
    bytes: await manifestBytes(call, limitBytes),
    contentType: request.headers.get('content-type') ?? undefined,
    extraTags: extraTags.map(parseTag),
  };
  const accepted = await manifests.put(route.repository, reference, pushed, actorOf(call));
  return emptyReply(201, {
    Location: `/v2/${route.repository}/manifests/${accepted.digest}`,
    'Docker-Content-Digest': accepted.digest,
    ...(accepted.subject !== undefined && { 'OCI-Subject': accepted.subject }),
    ...(extraTags.length > 0 && { 'OCI-Tag': extraTags.join(', ') }),
    ...pushWarning(accepted),
  });
}

/** end-9: `DELETE /v2/<name>/manifests/<tag or digest>`. */
export async function deleteManifest(call: Call<'manifest'>, manifests: Manifests, isEnabled: boolean): Promise<Reply> {
  if (!isEnabled) throw new DeletionDisabledError();
  await manifests.delete(call.route.repository, readableReference(call.route.reference), actorOf(call));
  return emptyReply(202);
}

/** What cannot be a tag or a digest is the name of nothing, and so a 404. */
function readableReference(text: string): TagOrDigest {
  try {
    return parseTagOrDigest(text);
  } catch (error) {
    if (error instanceof TagInvalidError || error instanceof DigestInvalidError) throw new ManifestUnknownError(text);
    throw error;
  }
}

async function manifestBytes({ request, connection }: Call<'manifest'>, limitBytes: number): Promise<Uint8Array> {
  try {
    return await readBounded(request, limitBytes, connection.keptAlive());
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw new ManifestTooLargeError(limitBytes);
    throw error;
  }
}

function manifestReply(call: Call<'manifest'>, parts: PullParts, content: ManifestContent): Reply {
  const { manifests, pulls, pullSink } = parts;
  const { request, route, identity } = call;
  if (acceptsOnlySchema1(request)) throw new ManifestUnknownError(route.reference);
  // Clients ask with HEAD whether something is there or has changed; whoever gets it, or has it already, uses it.
  if (request.method === 'GET') pulls.note(route.repository, content.digest, identity.principal);
  if (pullSink?.isWanted === true) tellOfPull(call, pullSink, content);
  const end = content.expiresAt === null ? undefined : manifests.endingSoon(content);
  const warning = end === undefined ? undefined : pullWarning(end);
  if (isUnchanged(request, content.digest)) return emptyReply(304, { ETag: `"${content.digest}"`, ...warning });
  const headers = warning === undefined ? headersOf(content) : { ...plainHeadersOf(content), ...warning };
  return { status: 200, headers, body: content.bytes };
}

/** As distribution does: a HEAD too, told apart by its method. */
function tellOfPull(call: Call<'manifest'>, pullSink: PullSink, { digest, mediaType, bytes }: ManifestContent): void {
  const { repository, reference } = call.route;
  pullSink.pulled({
    repository,
    digest,
    ...(!reference.includes(':') && { tag: reference }),
    mediaType,
    size: bytes.byteLength,
    method: call.request.method === 'HEAD' ? 'HEAD' : 'GET',
    actor: actorOf(call),
  });
}

/** Kept for as long as the manifest is in memory. */
const headersByContent = new WeakMap<ManifestContent, PreparedHeaders>();

function headersOf(content: ManifestContent): PreparedHeaders {
  const known = headersByContent.get(content);
  if (known !== undefined) return known;
  const prepared = new PreparedHeaders(plainHeadersOf(content));
  headersByContent.set(content, prepared);
  return prepared;
}

function plainHeadersOf({ digest, mediaType }: ManifestContent): Readonly<Record<string, string>> {
  return { 'Content-Type': mediaType, 'Docker-Content-Digest': digest, ETag: `"${digest}"` };
}

function acceptsOnlySchema1(request: Request): boolean {
  const accept = request.headers.get('accept');
  if (accept === null || !accept.includes('docker.distribution.manifest.v1+')) return false;
  return accept.split(',').every((type) => isSchema1Type(parseMediaType(type)));
}
