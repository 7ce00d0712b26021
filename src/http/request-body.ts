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
export async function readBounded(
  request: Request,
  limitBytes: number,
  onProgress?: (pieceBytes: number) => void,
): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw new BodyTooLargeError(limitBytes);
  let body = new Uint8Array();
  let size = 0;
  for await (const piece of request.body ?? []) {
    const end = size + piece.byteLength;
    onProgress?.(piece.byteLength);
    if (end > limitBytes) throw new BodyTooLargeError(limitBytes);
    if (size === 0) body = piece;
    else {
      if (end > body.byteLength) body = grown(body, size, end);
      body.set(piece, size);
    }
    size = end;
  }
  return body.byteLength === size ? body : body.slice(0, size);
}

/** Pieces are copied and not kept: a client that sends single bytes would cost a hundred times the memory of its body. */
function grown(body: Uint8Array, size: number, wanted: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(wanted, 2 * body.byteLength));
  larger.set(body.subarray(0, size));
  return larger;
}
