import type { UploadId } from '../../oci/upload-id.ts';
import type { AppendOptions, UploadStore } from '../blob-store.ts';

/** Bytes that no piece of them repeats, so that one written to the wrong place is noticed. */
export function bytesOf(sizeBytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  const words = new Uint32Array(bytes.buffer, 0, sizeBytes >> 2);
  let state = seed;
  for (let i = 0; i < words.length; i += 1) words[i] = state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  for (let i = words.byteLength; i < sizeBytes; i += 1) bytes[i] = seed + i;
  return bytes;
}

/** A chunk that arrives in these pieces; each is a buffer of its own, as from a socket. */
export function arriving(pieces: readonly Uint8Array[], thenFailWith?: Error): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = pieces[next];
      next += 1;
      if (piece !== undefined) controller.enqueue(piece.slice());
      else if (thenFailWith !== undefined) controller.error(thenFailWith);
      else controller.close();
    },
  });
}

/** Cuts bytes into pieces as long as those a socket gives. */
export function piecesOf(bytes: Uint8Array, pieceBytes = 65_536): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  return pieces;
}

/** Appends where the upload ends. */
export async function send(
  store: UploadStore,
  id: UploadId,
  pieces: readonly Uint8Array[],
  options: Partial<AppendOptions> = {},
): Promise<number> {
  const at = await store.offset(id);
  const signal = new AbortController().signal;
  return await store.append(id, arriving(pieces), { at, signal, ...options });
}

export function joined(...parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Bun.concatArrayBuffers([...parts]));
}

/** What a promise was rejected with, or `undefined`. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}
