import { describe, expect, it } from 'bun:test';
import { digestOf } from '../../oci/digest.ts';
import { DigestInvalidError, UploadUnknownError } from '../../oci/errors.ts';
import { newUploadId } from '../../oci/upload-id.ts';
import { refusedChunkContract } from './refused-chunk-contract.ts';
import { arriving, bytesOf, failureOf, piecesOf, send } from './upload-client.ts';
import { expectContent, idle, opened, type UploadingStore } from './upload-expectations.ts';

export interface UploadStoreBackend {
  readonly open: () => Promise<UploadingStore>;
  /** The same content, seen by a process that was started again. Absent where nothing outlives the process. */
  readonly reopen?: (store: UploadingStore) => Promise<UploadingStore>;
}

/** Larger than any buffer of a backend may be, and no multiple of one. */
const LARGE_BYTES = 5_000_001;

/** What every backend must do with bytes on their way in. A new one is done when this passes, unchanged. */
export function uploadStoreContract(name: string, { open, reopen }: UploadStoreBackend): void {
  describe(`${name} as an upload store`, () => {
    describe('receiving', () => receiving(open));
    refusedChunkContract(open);
    describe('committing', () => committing(open));
    describe('ending', () => ending(open));
    if (reopen !== undefined) describe('after a restart', () => restarting(open, reopen));
  });
}

function receiving(open: () => Promise<UploadingStore>): void {
  it('begins at 0 and counts the bytes of every chunk', async () => {
    const { store, id } = await opened(open);
    expect(await store.offset(id)).toBe(0);
    expect(await send(store, id, [bytesOf(10), bytesOf(5)])).toBe(15);
    expect(await send(store, id, [])).toBe(15);
    expect(await send(store, id, [bytesOf(1)])).toBe(16);
    expect(await store.offset(id)).toBe(16);
  });

  it('puts chunks together, large and small, in order', async () => {
    const { store, id } = await opened(open);
    const bytes = bytesOf(LARGE_BYTES);
    await send(store, id, [bytes.subarray(0, 10)]);
    await send(store, id, piecesOf(bytes.subarray(10, 4_000_000)));
    await send(store, id, [bytes.subarray(4_000_000, 4_000_001)]);
    await send(store, id, piecesOf(bytes.subarray(4_000_001), 700_001));
    await expectContent(store, await store.commit(id, digestOf(bytes)), bytes);
  });

  it('takes uploads that arrive at the same time', async () => {
    const store = await open();
    const uploads = Array.from({ length: 12 }, (_, seed) => ({
      id: newUploadId(),
      bytes: bytesOf(1_000_003, seed + 1),
    }));
    const stored = await Promise.all(
      uploads.map(async ({ id, bytes }) => {
        await store.create(id);
        await send(store, id, piecesOf(bytes));
        return await store.commit(id, digestOf(bytes));
      }),
    );
    for (const [i, { bytes }] of uploads.entries()) await expectContent(store, stored[i], bytes);
  });

  it('does not know an upload that was never created', async () => {
    const store = await open();
    const id = newUploadId();
    expect(await failureOf(store.offset(id))).toBeInstanceOf(UploadUnknownError);
    const signal = new AbortController().signal;
    expect(await failureOf(store.append(id, arriving([bytesOf(1)]), { at: 0, signal }))).toBeInstanceOf(
      UploadUnknownError,
    );
    expect(await failureOf(store.commit(id, digestOf(bytesOf(0))))).toBeInstanceOf(UploadUnknownError);
  });
}

function committing(open: () => Promise<UploadingStore>): void {
  it('makes an upload without bytes the empty blob', async () => {
    const { store, id } = await opened(open);
    await expectContent(store, await store.commit(id, digestOf(bytesOf(0))), bytesOf(0));
  });

  for (const [how, sizeBytes] of [
    ['a small', 1000],
    ['a large', LARGE_BYTES],
  ] as const) {
    it(`refuses the wrong digest for ${how} upload and keeps it`, async () => {
      const { store, id } = await opened(open);
      const bytes = bytesOf(sizeBytes);
      await send(store, id, piecesOf(bytes.subarray(0, 900)));
      expect(await failureOf(store.commit(id, digestOf(bytes)))).toBeInstanceOf(DigestInvalidError);
      expect(await failureOf(store.commit(id, digestOf(bytes, 'sha512')))).toBeInstanceOf(DigestInvalidError);

      expect(await store.offset(id)).toBe(900);
      await send(store, id, piecesOf(bytes.subarray(900)));
      await expectContent(store, await store.commit(id, digestOf(bytes)), bytes);
    });

    it(`verifies ${how} upload by sha512, announced or not`, async () => {
      const bytes = bytesOf(sizeBytes);
      for (const algorithm of [undefined, 'sha256', 'sha512'] as const) {
        const store = await open();
        const id = newUploadId();
        await store.create(id, algorithm);
        await send(store, id, piecesOf(bytes));
        await expectContent(store, await store.commit(id, digestOf(bytes, 'sha512')), bytes, digestOf(bytes, 'sha512'));
      }
    });
  }

  it('lets two uploads of one blob race', async () => {
    const store = await open();
    const bytes = bytesOf(LARGE_BYTES);
    const stored = await Promise.all(
      [newUploadId(), newUploadId()].map(async (id) => {
        await store.create(id);
        await send(store, id, piecesOf(bytes));
        return await store.commit(id, digestOf(bytes));
      }),
    );
    for (const content of stored) await expectContent(store, content, bytes);
    expect(stored[0]?.key).not.toBe(stored[1]?.key);
  });
}

function ending(open: () => Promise<UploadingStore>): void {
  it('does not know an upload any more once it is committed', async () => {
    const { store, id } = await opened(open);
    await send(store, id, [bytesOf(10)]);
    await store.commit(id, digestOf(bytesOf(10)));
    expect(await failureOf(store.offset(id))).toBeInstanceOf(UploadUnknownError);
    expect(await failureOf(store.commit(id, digestOf(bytesOf(10))))).toBeInstanceOf(UploadUnknownError);
  });

  it('aborts an upload, once or twice', async () => {
    const { store, id } = await opened(open);
    await send(store, id, [bytesOf(10)]);
    await store.abort(id);
    await store.abort(id);
    expect(await failureOf(store.offset(id))).toBeInstanceOf(UploadUnknownError);
    expect(await failureOf(store.commit(id, digestOf(bytesOf(10))))).toBeInstanceOf(UploadUnknownError);
  });

  for (const [how, pieceBytes] of [
    ['a small', 1000],
    ['a large', 500_000],
  ] as const) {
    it(`aborts an upload that is receiving ${how} chunk`, async () => {
      const { store, id } = await opened(open);
      let pieces = 0;
      const chunk = new ReadableStream<Uint8Array>({
        async pull(controller) {
          pieces += 1;
          if (pieces === 5) await store.abort(id);
          if (pieces === 8) controller.close();
          else controller.enqueue(bytesOf(pieceBytes));
        },
      });
      const signal = new AbortController().signal;
      expect(await failureOf(store.append(id, chunk, { at: 0, signal }))).toBeInstanceOf(UploadUnknownError);
      expect(await failureOf(store.offset(id))).toBeInstanceOf(UploadUnknownError);
    });
  }

  it('lists the uploads that received nothing for a time', async () => {
    const { store, id } = await opened(open);
    const committed = newUploadId();
    await store.create(committed);
    await store.commit(committed, digestOf(bytesOf(0)));

    expect(await idle(store, 3600)).toEqual([]);
    expect(await idle(store, -1)).toEqual([id]);
  });
}

function restarting(
  open: () => Promise<UploadingStore>,
  reopen: (store: UploadingStore) => Promise<UploadingStore>,
): void {
  it('knows an upload in which nothing had arrived', async () => {
    const { store, id } = await opened(open);
    const again = await reopen(store);
    expect(await again.offset(id)).toBe(0);
    await send(again, id, [bytesOf(10)]);
    await expectContent(again, await again.commit(id, digestOf(bytesOf(10))), bytesOf(10));
  });

  for (const algorithm of ['sha256', 'sha512'] as const) {
    it(`goes on with an upload and verifies all of it by ${algorithm}`, async () => {
      const { store, id } = await opened(open);
      const bytes = bytesOf(LARGE_BYTES);
      await send(store, id, piecesOf(bytes.subarray(0, 3_000_000)));

      const again = await reopen(store);
      expect(await again.offset(id)).toBe(3_000_000);
      await send(again, id, piecesOf(bytes.subarray(3_000_000)));
      const digest = digestOf(bytes, algorithm);
      expect(await failureOf(again.commit(id, digestOf(bytesOf(1), algorithm)))).toBeInstanceOf(DigestInvalidError);
      await expectContent(again, await again.commit(id, digest), bytes, digest);
    });
  }

  it('still has what was committed, and not its upload', async () => {
    const { store, id } = await opened(open);
    await send(store, id, [bytesOf(10)]);
    const content = await store.commit(id, digestOf(bytesOf(10)));

    const again = await reopen(store);
    await expectContent(again, content, bytesOf(10));
    expect(await failureOf(again.offset(id))).toBeInstanceOf(UploadUnknownError);
  });

  it('lists uploads that were left behind', async () => {
    const { store, id } = await opened(open);
    expect(await idle(await reopen(store), -1)).toEqual([id]);
  });
}
