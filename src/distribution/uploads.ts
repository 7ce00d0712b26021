import {
  DigestInvalidError,
  OciError,
  SizeInvalidError,
  UploadOffsetError,
  UploadUnknownError,
} from '../oci/errors.ts';
import { formatUploadRange, parseContentRange } from '../oci/content-range.ts';
import { parseDigest, parseDigestAlgorithm, type Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseUploadId, type UploadId } from '../oci/upload-id.ts';
import type { Blobs } from '../registry/blobs.ts';
import type { Chunk, SessionOwner, Uploads } from '../registry/uploads.ts';
import { actorOf } from './actor.ts';
import type { Call } from './call.ts';
import { emptyReply, type Reply } from './reply.ts';

export interface UploadParts {
  readonly blobs: Blobs;
  readonly uploads: Uploads;
}

/** end-4 and end-11: `POST /v2/<name>/blobs/uploads/`, with `?mount=`, `?digest=` or `?digest-algorithm=`. */
export async function postUpload(call: Call<'uploads'>, parts: UploadParts): Promise<Reply> {
  const { query, route } = call;
  const { repository } = route;
  const mounted = await mount(call, parts.blobs);
  if (mounted !== undefined) return createdReply(repository, mounted);
  const digestText = query.get('digest');
  if (digestText !== null) {
    const digest = parseDigest(digestText);
    await parts.uploads.push(repository, digest, chunkOf(call));
    return createdReply(repository, digest);
  }
  const algorithm = query.get('digest-algorithm');
  const hint = algorithm === null ? undefined : parseDigestAlgorithm(algorithm);
  const id = await parts.uploads.open(ownerOf(call), hint);
  return sessionReply(202, repository, id, 0);
}

/** end-5: `PATCH /v2/<name>/blobs/uploads/<id>`: a chunk with `Content-Range`, or a stream without. */
export async function patchUpload(call: Call<'upload'>, parts: UploadParts): Promise<Reply> {
  const id = idOf(call);
  const { repository } = call.route;
  const chunk = chunkOf(call);
  const offset = await telling(repository, id, () => parts.uploads.append(id, ownerOf(call), chunk));
  return sessionReply(202, repository, id, offset);
}

/** end-6: `PUT /v2/<name>/blobs/uploads/<id>?digest=`, with the last chunk or without. */
export async function putUpload(call: Call<'upload'>, parts: UploadParts): Promise<Reply> {
  const id = idOf(call);
  const { repository } = call.route;
  const text = call.query.get('digest');
  if (text === null) throw new DigestInvalidError('the digest parameter is missing', '');
  const digest = parseDigest(text);
  // A PUT without bytes may still have a Content-Range, as regclient's does: there is no chunk that it could be of.
  const last = lengthOf(call.request) === 0 ? undefined : chunkOf(call);
  const { signal } = call.request;
  const finish = (): Promise<unknown> =>
    telling(repository, id, () => parts.uploads.finish(id, ownerOf(call), { digest, last, signal }));
  // To verify what an earlier process received, it is all read back, while the client can only wait.
  await (last === undefined ? call.connection.whileWorking(finish) : finish());
  return createdReply(repository, digest);
}

/** end-13: `GET /v2/<name>/blobs/uploads/<id>`. */
export async function getUpload(call: Call<'upload'>, parts: UploadParts): Promise<Reply> {
  const id = idOf(call);
  return sessionReply(204, call.route.repository, id, await parts.uploads.offset(id, ownerOf(call)));
}

/** end-14 (main): `DELETE /v2/<name>/blobs/uploads/<id>`. */
export async function deleteUpload(call: Call<'upload'>, parts: UploadParts): Promise<Reply> {
  await parts.uploads.cancel(idOf(call), ownerOf(call), call.request.signal);
  return emptyReply(204);
}

/**
 * Nothing about a mount is an error: when it cannot be done (a source that the caller may not pull, or that lacks the
 * blob, or that cannot exist), the client uploads instead.
 */
async function mount(call: Call<'uploads'>, blobs: Blobs): Promise<Digest | undefined> {
  const wanted = readMount(call.query);
  if (wanted === undefined) return undefined;
  const mayPull = (repository: RepositoryName): boolean => call.identity.allows('pull', repository);
  const options = { mayPull, from: wanted.from, actor: actorOf(call) };
  const isMounted = await blobs.mount(call.route.repository, wanted.digest, options);
  return isMounted ? wanted.digest : undefined;
}

function readMount(query: URLSearchParams): { digest: Digest; from?: RepositoryName } | undefined {
  const digest = query.get('mount');
  const from = query.get('from');
  if (digest === null) return undefined;
  try {
    return { digest: parseDigest(digest), ...(from !== null && { from: parseRepositoryName(from) }) };
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}

function ownerOf(call: Call<'upload'> | Call<'uploads'>): SessionOwner {
  return { repository: call.route.repository, principalId: call.identity.principal.id };
}

function idOf(call: Call<'upload'>): UploadId {
  const id = parseUploadId(call.route.uploadId);
  if (id === undefined) throw new UploadUnknownError(call.route.uploadId);
  return id;
}

/** The bytes of a request and what it says of them. */
function chunkOf({ request, connection }: Call<'upload'> | Call<'uploads'>): Chunk {
  const length = lengthOf(request);
  const rangeHeader = request.headers.get('content-range');
  const range = rangeHeader === null ? undefined : parseContentRange(rangeHeader);
  const rangeBytes = range === undefined ? undefined : range.last - range.first + 1;
  if (rangeBytes !== undefined && length !== undefined && rangeBytes !== length) {
    throw new SizeInvalidError('Content-Range and Content-Length do not agree', { rangeBytes, length });
  }
  const exactBytes = rangeBytes ?? length;
  return {
    body: request.body ?? new Blob([]).stream(),
    signal: request.signal,
    onProgress: connection.keptAlive(),
    ...(range !== undefined && { at: range.first }),
    ...(exactBytes !== undefined && { exactBytes }),
  };
}

/** In bytes; `undefined` for a stream, whose end nobody knows yet. */
function lengthOf(request: Request): number | undefined {
  if (request.body === null) return 0;
  const header = request.headers.get('content-length');
  return header === null ? undefined : Number(header);
}

/** A 416 says where the session stands, so that the client can go on without asking. */
async function telling<Result>(repository: RepositoryName, id: UploadId, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UploadOffsetError)) throw error;
    throw new UploadOffsetError(error.offset, sessionHeaders(repository, id, error.offset));
  }
}

/** `Location` is relative, so that it holds behind any proxy, and has no query, so that clients can add theirs. */
function sessionHeaders(repository: RepositoryName, id: UploadId, offset: number): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: formatUploadRange(offset),
    'Docker-Upload-UUID': id,
  };
}

function sessionReply(status: number, repository: RepositoryName, id: UploadId, offset: number): Reply {
  return emptyReply(status, sessionHeaders(repository, id, offset));
}

function createdReply(repository: RepositoryName, digest: Digest): Reply {
  return emptyReply(201, {
    Location: `/v2/${repository}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  });
}
