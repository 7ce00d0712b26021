import { StorageUnavailableError } from '../../oci/errors.ts';
import { S3TimeoutError, withoutUrl } from './s3-failure.ts';

/** How long S3 may be silent in the middle of a reply, in milliseconds. A slow reader of ours does not count. */
const SILENCE_MILLISECONDS = 30_000;

/** How often a reply that breaks is taken up again before any more of it came. */
const MAX_RESUMES = 5;

export interface OpenedBody {
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * The bytes of an object, whole: a reply that breaks in the middle is taken up where it broke, and who reads does not
 * notice.
 *
 * @param lengthBytes how many there are to come.
 * @param open the reply from an offset on, counted from the first byte of this reading.
 * @throws {StorageUnavailableError} it breaks again and again, or what `open` throws; never ends early.
 */
export async function* resumedBytes(
  lengthBytes: number,
  first: OpenedBody,
  open: (offset: number) => Promise<OpenedBody>,
): AsyncGenerator<Uint8Array, void> {
  let received = 0;
  let resumes = 0;
  let current = first.body.getReader();
  try {
    while (received < lengthBytes) {
      let failure: unknown = new Error('the reply ended early');
      try {
        for await (const piece of piecesOf(current)) {
          received += piece.byteLength;
          resumes = 0;
          yield piece;
        }
        if (received >= lengthBytes) return;
      } catch (error) {
        failure = withoutUrl(error);
      }
      giveUp(current);
      resumes += 1;
      if (resumes > MAX_RESUMES) throw new StorageUnavailableError(undefined, { cause: failure });
      current = (await open(received)).body.getReader();
    }
  } finally {
    giveUp(current);
  }
}

/** What is asked of a reader: Bun and Node disagree on the rest of its type. */
interface Reader {
  read(): Promise<{ readonly done: false; readonly value: Uint8Array } | { readonly done: true }>;
  cancel(): Promise<void>;
}

async function* piecesOf(body: Reader): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    let isSilent = false;
    const timer = setTimeout(() => {
      isSilent = true;
      giveUp(body);
    }, SILENCE_MILLISECONDS);
    const next = await body.read().finally(() => clearTimeout(timer));
    if (isSilent) throw new S3TimeoutError('the rest of an object');
    if (next.done) return;
    yield next.value;
  }
}

/** Closes the connection of a reply that is not read to its end. */
function giveUp(body: Reader): void {
  body.cancel().catch(() => {});
}

/** A stream that reads no more than it is asked for, and calls `stop` when its reader goes away. */
export function streamOf(pieces: AsyncGenerator<Uint8Array, void>, stop: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel() {
        stop();
        // It ends when what it waits for fails, now that it is stopped.
        pieces.return().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
