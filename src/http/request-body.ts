/** The client sends more than the caller takes. What arrived is dropped. */
export class BodyTooLargeError extends Error {
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`the body is larger than ${limitBytes} bytes`);
    this.name = new.target.name;
    this.limitBytes = limitBytes;
  }
}

/**
 * The whole body, for what is small by nature. A client that stalls is cut by the listener's idle timeout.
 *
 * @throws {BodyTooLargeError} as soon as that is known: by the announced length, or by the byte too many.
 */
export async function readBounded(request: Request, limitBytes: number, onProgress?: () => void): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw new BodyTooLargeError(limitBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    onProgress?.();
    if (size > limitBytes) throw new BodyTooLargeError(limitBytes);
    chunks.push(chunk);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
}
