import type { ByteRange } from '../oci/byte-range.ts';
import type { LinkedBlob } from '../registry/blobs.ts';
import type { Reply } from './reply.ts';

/**
 * Several ranges of one blob in one reply, as podman asks for when it pulls a part of a zstd:chunked layer. The parts
 * are read one after the other while they are sent.
 *
 * @see RFC 9110 §14.6
 */
export function multipartReply(
  blob: LinkedBlob,
  ranges: readonly ByteRange[],
  headers: Readonly<Record<string, string>>,
): Reply {
  const boundary = crypto.randomUUID();
  const parts = ranges.map((range) => ({ range, head: partHead(boundary, range, blob.size) }));
  const tail = new TextEncoder().encode(`\r\n--${boundary}--\r\n`);
  const length = parts.reduce((sum, { range, head }) => sum + head.byteLength + range.last - range.first + 1, 0);
  return {
    status: 206,
    headers: {
      ...headers,
      'Content-Type': `multipart/byteranges; boundary=${boundary}`,
      'Content-Length': String(length + tail.byteLength),
    },
    body: streamOf(async function* () {
      for (const { range, head } of parts) {
        yield head;
        yield* streamed(await blob.read(range));
      }
      yield tail;
    }),
  };
}

function partHead(boundary: string, range: ByteRange, size: number): Uint8Array {
  return new TextEncoder().encode(
    `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
      `Content-Range: bytes ${range.first}-${range.last}/${size}\r\n\r\n`,
  );
}

function streamed(body: Blob | ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  return body instanceof Blob ? body.stream() : body;
}

/** A stream that takes the next piece when the client has room for it, and stops when the client goes away. */
function streamOf(pieces: () => AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return(undefined);
    },
  });
}
