import type { AppendOptions } from './blob-store.ts';
import { ChunkLimit } from './chunk-limit.ts';

/** How a chunk ended: as its sender meant, or cut off by a lost client or an aborted signal. */
export type ChunkEnd = { readonly complete: true } | { readonly complete: false; readonly reason: unknown };

/**
 * Reads one chunk from a client to its end and hands it on, piece by piece, within the limits of `options`.
 *
 * A chunk that is cut off is a result and not an error: what arrived of it is to be kept.
 *
 * @param take may return a promise to be waited for before more is read.
 * @throws {SizeInvalidError} more or fewer bytes than announced.
 * @throws {UploadTooLargeError} beyond the maximum; `take` was not given the piece that goes beyond.
 * @throws what `take` throws.
 */
export async function readChunk(
  chunk: ReadableStream<Uint8Array>,
  options: AppendOptions,
  take: (piece: Uint8Array) => Promise<void> | undefined,
): Promise<ChunkEnd> {
  const { signal } = options;
  const limit = new ChunkLimit(options);
  const reader = readerOf(chunk);
  const stop = (): void => release(reader, signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    let receivedBytes = 0;
    for (;;) {
      const next = await readNext(reader);
      if (signal.aborted) return { complete: false, reason: signal.reason };
      if ('complete' in next) return next;
      if (next.done) break;
      receivedBytes += next.value.byteLength;
      options.onProgress?.(next.value.byteLength);
      limit.check(receivedBytes);
      await take(next.value);
    }
    limit.checkEnd(receivedBytes);
    return { complete: true };
  } catch (error) {
    release(reader, error);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type Reader = ReturnType<typeof readerOf>;

function readerOf(chunk: ReadableStream<Uint8Array>) {
  return chunk.getReader();
}

async function readNext(reader: Reader): Promise<Awaited<ReturnType<Reader['read']>> | ChunkEnd> {
  try {
    return await reader.read();
  } catch (reason) {
    return { complete: false, reason };
  }
}

/** Nobody reads the rest: its source may stop. That it fails to be cancelled, too, changes nothing. */
function release(reader: Reader, reason: unknown): void {
  reader.cancel(reason).catch(() => {});
}
