import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import { BlobUnknownError, DeletionDisabledError, DigestInvalidError } from '../oci/errors.ts';
import { parseRange, type ByteRange } from '../oci/byte-range.ts';
import type { Blobs, LinkedBlob } from '../registry/blobs.ts';
import { actorOf } from './actor.ts';
import type { Call } from './call.ts';
import { isUnchanged } from './conditional.ts';
import { multipartReply } from './multipart-ranges.ts';
import type { BlobRedirects } from './parts.ts';
import { emptyReply, type Reply } from './reply.ts';

/** What a blob is, is said by the manifest that names it. */
const CONTENT_TYPE = 'application/octet-stream';

/** end-2: `GET|HEAD /v2/<name>/blobs/<digest>`. The dispatcher has already authorised `pull`. */
export async function getBlob(call: Call<'blob'>, blobs: Blobs, redirects?: BlobRedirects): Promise<Reply> {
  const { request, route, connection } = call;
  const digest = readableDigest(route.digest);
  if (request.method === 'HEAD') {
    const { size } = await blobs.see(route.repository, digest);
    return { status: 200, headers: { ...blobHeaders(digest), 'Content-Length': String(size) } };
  }
  const blob = await blobs.get(route.repository, digest);
  if (isUnchanged(request, digest)) return emptyReply(304, { ETag: `"${digest}"` });
  if (blob.temporaryUrl !== undefined && redirects?.cover(connection.source) === true) {
    const options = { seconds: redirects.seconds, contentType: CONTENT_TYPE };
    return redirectReply(digest, await blob.temporaryUrl(options));
  }
  return rangeReply(blob, wantedRange(request, blob));
}

/** Whoever follows it asks for the same range there. The URL is for this client, now: nobody may keep it. */
function redirectReply(digest: Digest, location: string): Reply {
  return emptyReply(307, { Location: location, 'Docker-Content-Digest': digest, 'Cache-Control': 'no-store' });
}

/** end-10: `DELETE /v2/<name>/blobs/<digest>`. */
export async function deleteBlob(call: Call<'blob'>, blobs: Blobs, isEnabled: boolean): Promise<Reply> {
  if (!isEnabled) throw new DeletionDisabledError();
  await blobs.delete(call.route.repository, parseDigest(call.route.digest), actorOf(call));
  return emptyReply(202);
}

/** What cannot be a digest is the name of nothing: a read of it is a 404, as for any digest that is not here. */
function readableDigest(text: string): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    if (error instanceof DigestInvalidError && !text.includes(':')) throw new BlobUnknownError(text as Digest);
    throw error;
  }
}

function wantedRange(request: Request, blob: LinkedBlob): ReturnType<typeof parseRange> {
  const header = request.headers.get('range');
  if (header === null) return undefined;
  const condition = request.headers.get('if-range');
  // RFC 9110 §13.1.5: the range only holds for the content that the client has a part of.
  if (condition !== null && condition !== `"${blob.digest}"`) return undefined;
  return parseRange(header, blob.size);
}

async function rangeReply(blob: LinkedBlob, range: ReturnType<typeof parseRange>): Promise<Reply> {
  const headers = blobHeaders(blob.digest);
  if (range === 'unsatisfiable') return emptyReply(416, { 'Content-Range': `bytes */${blob.size}` });
  if (range === undefined) {
    return { status: 200, headers: { ...headers, 'Content-Length': String(blob.size) }, body: await blob.read() };
  }
  if (isSeveral(range)) return multipartReply(blob, range, headers);
  return {
    status: 206,
    headers: {
      ...headers,
      'Content-Length': String(range.last - range.first + 1),
      'Content-Range': `bytes ${range.first}-${range.last}/${blob.size}`,
    },
    body: await blob.read(range),
  };
}

function isSeveral(range: ByteRange | readonly ByteRange[]): range is readonly ByteRange[] {
  return Array.isArray(range);
}

/** Content never changes under its digest; `private`, because who may read it is decided for each client. */
function blobHeaders(digest: Digest): Record<string, string> {
  return {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=31536000, immutable',
    // Said by us, or Bun would put the name of the stored file here.
    'Content-Disposition': 'attachment',
    'Content-Type': CONTENT_TYPE,
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
  };
}
