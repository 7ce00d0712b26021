import { describe, expect, it } from 'bun:test';
import { digestOf } from '../../oci/digest.ts';
import { SizeInvalidError, UploadOffsetError, UploadTooLargeError } from '../../oci/errors.ts';
import { arriving, bytesOf, failureOf, joined, piecesOf, send } from './upload-client.ts';
import { expectContent, opened, type UploadingStore } from './upload-expectations.ts';

/** Larger than any buffer of a backend may be, and no multiple of one. */
const LARGE_BYTES = 5_000_001;

/** The part of the upload store's contract about chunks that do not end as they should. */
export function refusedChunkContract(open: () => Promise<UploadingStore>): void {
  describe('refusing', () => refusing(open));
  describe('losing the client', () => losingTheClient(open));
}

function refusing(open: () => Promise<UploadingStore>): void {
  const start = bytesOf(100_000);
  const cases = [
    ['a chunk longer than announced', 200_000, { exactBytes: 199_999 }, SizeInvalidError],
    ['a chunk shorter than announced', 200_000, { exactBytes: 200_001 }, SizeInvalidError],
    ['a large chunk longer than announced', LARGE_BYTES, { exactBytes: LARGE_BYTES - 1 }, SizeInvalidError],
    ['a large chunk shorter than announced', LARGE_BYTES, { exactBytes: LARGE_BYTES + 1 }, SizeInvalidError],
    ['more than the maximum', 200_000, { maxBytes: 299_999 }, UploadTooLargeError],
    ['more than the maximum, announced', 200_000, { exactBytes: 200_000, maxBytes: 299_999 }, UploadTooLargeError],
    ['much more than the maximum', LARGE_BYTES, { maxBytes: LARGE_BYTES }, UploadTooLargeError],
    ['a chunk after the end', 10, { at: 100_001 }, UploadOffsetError],
    ['a chunk before the end', 10, { at: 99_999 }, UploadOffsetError],
  ] as const;

  for (const [what, sizeBytes, options, error] of cases) {
    it(`${what}, and rolls it back`, async () => {
      const { store, id } = await opened(open);
      await send(store, id, piecesOf(start));
      expect(await failureOf(send(store, id, piecesOf(bytesOf(sizeBytes, 9)), options))).toBeInstanceOf(error);
      expect(await store.offset(id)).toBe(100_000);

      const rest = bytesOf(1000, 3);
      await send(store, id, [rest]);
      const whole = joined(start, rest);
      await expectContent(store, await store.commit(id, digestOf(whole)), whole);
    });
  }

  it('nothing that is as long as announced and reaches the maximum exactly', async () => {
    const { store, id } = await opened(open);
    await send(store, id, piecesOf(start));
    expect(await send(store, id, [bytesOf(10)], { exactBytes: 10, maxBytes: 100_010 })).toBe(100_010);
    expect(await send(store, id, [], { exactBytes: 0, maxBytes: 100_010 })).toBe(100_010);
  });

  it('a wrong offset by telling the right one', async () => {
    const { store, id } = await opened(open);
    await send(store, id, [bytesOf(7)]);
    expect(await failureOf(send(store, id, [bytesOf(1)], { at: 3 }))).toMatchObject({ offset: 7 });
  });
}

function losingTheClient(open: () => Promise<UploadingStore>): void {
  for (const [how, sizeBytes] of [
    ['a small', 1000],
    ['a large', LARGE_BYTES],
  ] as const) {
    it(`keeps what arrived of ${how} chunk, and goes on from there`, async () => {
      const { store, id } = await opened(open);
      const bytes = bytesOf(sizeBytes);
      const lost = new Error('connection lost');
      const cut = arriving(piecesOf(bytes.subarray(0, sizeBytes - 500), 300), lost);
      const signal = new AbortController().signal;
      expect(await failureOf(store.append(id, cut, { at: 0, exactBytes: sizeBytes, signal }))).toBe(lost);

      const kept = await store.offset(id);
      expect(kept).toBeLessThanOrEqual(sizeBytes - 500);
      expect(await send(store, id, piecesOf(bytes.subarray(kept)))).toBe(sizeBytes);
      await expectContent(store, await store.commit(id, digestOf(bytes)), bytes);
    });
  }

  it('stops when told to, keeping what arrived', async () => {
    const { store, id } = await opened(open);
    const bytes = bytesOf(20_000);
    const stop = new AbortController();
    const silent = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.slice(0, 5000)),
      pull: () => stop.abort(new Error('too slow')),
    });
    expect(await failureOf(store.append(id, silent, { at: 0, signal: stop.signal }))).toMatchObject({
      message: 'too slow',
    });

    const kept = await store.offset(id);
    await send(store, id, [bytes.subarray(kept)]);
    await expectContent(store, await store.commit(id, digestOf(bytes)), bytes);
  });

  it('does not begin when it was told to stop before', async () => {
    const { store, id } = await opened(open);
    const signal = AbortSignal.abort(new Error('too late'));
    expect(await failureOf(store.append(id, arriving([bytesOf(10)]), { at: 0, signal }))).toMatchObject({
      message: 'too late',
    });
    expect(await store.offset(id)).toBe(0);
  });

  it('lets go of a chunk that it refuses', async () => {
    const { store, id } = await opened(open);
    const released = Promise.withResolvers<void>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytesOf(1000)),
      cancel: () => released.resolve(),
    });
    const signal = new AbortController().signal;
    expect(await failureOf(store.append(id, endless, { at: 0, maxBytes: 5000, signal }))).toBeInstanceOf(
      UploadTooLargeError,
    );
    await released.promise;
  });
}
