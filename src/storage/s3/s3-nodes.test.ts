import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import { NotedStore } from '../../../test/support/noted-store.ts';
import { Random } from '../../../test/support/random.ts';
import { bucketOf, describeOnS3, type S3UnderTest } from '../../../test/support/s3.ts';
import { digestOf, type DigestAlgorithm } from '../../oci/digest.ts';
import { DigestInvalidError, UploadTooLargeError, UploadUnknownError } from '../../oci/errors.ts';
import { newUploadId, type UploadId } from '../../oci/upload-id.ts';
import { arriving, bytesOf, failureOf, joined, piecesOf, send } from '../contract/upload-client.ts';
import { expectContent, idle } from '../contract/upload-expectations.ts';
import { UploadTakenOverError } from '../upload-notes.ts';

// Several megabytes each, to a server that may share the machine with others.
setDefaultTimeout(60_000);

const MIB = 1024 * 1024;
const PART_BYTES = 5 * MIB;

type Nodes = readonly [NotedStore, NotedStore];

async function twoNodes(s3: S3UnderTest, options: { readonly memoryBytes?: number } = {}): Promise<Nodes> {
  const one = await NotedStore.open({ location: s3.location(), ...s3.options(), partBytes: PART_BYTES, ...options });
  return [one, await one.reopen()];
}

async function created(store: NotedStore): Promise<UploadId> {
  const id = newUploadId();
  await store.create(id);
  return id;
}

/** A chunk whose end comes when the test says so. */
function held(bytes: Uint8Array): { chunk: ReadableStream<Uint8Array>; taken: Promise<void>; end: () => void } {
  const taken = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const pieces = piecesOf(bytes).map((piece) => piece.slice());
  const chunk = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = pieces.shift();
        if (piece !== undefined) return controller.enqueue(piece);
        taken.resolve();
        await ended.promise;
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { chunk, taken: taken.promise, end: ended.resolve };
}

/** Sizes around every boundary there is. */
const SIZES = [
  ...([0, 1, 100, 4096, 70_000] as const),
  ...([PART_BYTES - 1, PART_BYTES, PART_BYTES + 1] as const),
  ...([2 * PART_BYTES, 2 * PART_BYTES + 4097] as const),
] as const;

describeOnS3('two nodes', (s3) => {
  describe('go on with each other’s upload, whatever its chunks', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      it(`as chance ${seed} has it`, async () => {
        const random = new Random(seed);
        const nodes = await twoNodes(s3, seed % 2 === 0 ? { memoryBytes: MIB } : {});
        const algorithm = random.pick<DigestAlgorithm>(['sha256', 'sha256', 'sha512']);
        const id = await created(nodes[0]);
        let whole = new Uint8Array();
        for (let i = 0; i < 5; i += 1) {
          const node = random.pick(nodes);
          const bytes = bytesOf(random.pick([SIZES[0], ...SIZES]), seed * 100 + i);
          if (random.next() < 0.2) {
            expect(await failureOf(node.commit(id, digestOf(bytesOf(3), algorithm)))).toBeInstanceOf(
              DigestInvalidError,
            );
          }
          if (random.next() < 0.2) {
            const tooMuch = send(node, id, piecesOf(bytesOf(PART_BYTES + 10)), {
              maxBytes: whole.byteLength + PART_BYTES,
            });
            expect(await failureOf(tooMuch)).toBeInstanceOf(UploadTooLargeError);
          }
          await send(node, id, piecesOf(bytes));
          whole = joined(whole, bytes);
          expect(await random.pick(nodes).offset(id)).toBe(whole.byteLength);
        }
        const digest = digestOf(whole, algorithm);
        const content = await random.pick(nodes).commit(id, digest);
        await expectContent(nodes[0], content, whole, digest);
        await nodes[0].close();
        await nodes[1].close();
        const bucket = await bucketOf(s3, nodes[0].options.location);
        // Nothing else is left of it.
        expect((await Array.fromAsync(bucket.list(''))).map(({ key }) => key)).toEqual([content.key]);
      });
    }
  });

  it('go on where a lost client left the other one', async () => {
    const [one, other] = await twoNodes(s3);
    const id = await created(one);
    const bytes = bytesOf(12 * MIB);
    const lost = new Error('connection lost');
    const signal = new AbortController().signal;
    const cut = one.append(id, arriving(piecesOf(bytes.subarray(0, 7 * MIB)), lost), { at: 0, signal });
    expect(await failureOf(cut)).toBe(lost);
    const kept = await other.offset(id);
    expect(kept).toBe(7 * MIB);
    await send(other, id, piecesOf(bytes.subarray(kept)));
    await expectContent(one, await one.commit(id, digestOf(bytes)), bytes);
  });

  for (const [what, sizeBytes] of [
    ['a small', 1000],
    ['a large', PART_BYTES + 1000],
  ] as const) {
    it(`a node that wakes up too late changes nothing of ${what} upload that another one finished`, async () => {
      const [late, node] = await twoNodes(s3);
      const id = await created(late);
      const { chunk, taken, end } = held(bytesOf(sizeBytes, 7));
      const signal = new AbortController().signal;
      const late_ = failureOf(late.append(id, chunk, { at: 0, signal }));
      await taken;

      const bytes = bytesOf(sizeBytes, 8);
      await send(node, id, piecesOf(bytes));
      const content = await node.commit(id, digestOf(bytes));
      end();
      expect(await late_).toBeInstanceOf(UploadUnknownError);
      await expectContent(node, content, bytes);
    });
  }

  it('a node that lost an upload to another one learns it before its client does', async () => {
    const [late, node] = await twoNodes(s3);
    const id = await created(late);
    const { chunk, taken, end } = held(bytesOf(1000, 7));
    const signal = new AbortController().signal;
    const failure = failureOf(late.append(id, chunk, { at: 0, signal }));
    await taken;
    await send(node, id, [bytesOf(10)]);
    end();
    expect(await failure).toBeInstanceOf(UploadTakenOverError);
    await expectContent(late, await late.commit(id, digestOf(bytesOf(10))), bytesOf(10));
  });

  it('abort what the other one began', async () => {
    const [one, other] = await twoNodes(s3);
    const id = await created(one);
    await send(one, id, piecesOf(bytesOf(PART_BYTES + 1000)));
    await other.abort(id);
    expect(await failureOf(one.offset(id))).toBeInstanceOf(UploadUnknownError);
    const bucket = await bucketOf(s3, one.options.location);
    expect(await Array.fromAsync(bucket.list(''))).toEqual([]);
  });

  it('find what an upload left whose session is gone, and remove it', async () => {
    const [one, other] = await twoNodes(s3);
    const id = await created(one);
    await send(one, id, piecesOf(bytesOf(PART_BYTES + 1000)));
    one.notes.end(id);
    expect(await idle(other, 3600)).toEqual([]);
    expect(await idle(other, -1)).toEqual([id]);
    await other.abort(id);
    expect(await idle(other, -1)).toEqual([]);
  });

  it('receive many uploads at once within their memory', async () => {
    const memoryBytes = 12 * MIB;
    const [node] = await twoNodes(s3, { memoryBytes });
    const uploads = Array.from({ length: 16 }, (_, i) => ({ id: newUploadId(), bytes: bytesOf(6 * MIB + i, i + 1) }));
    await Promise.all(
      uploads.map(async ({ id, bytes }) => {
        await node.create(id);
        await send(node, id, piecesOf(bytes));
        await expectContent(node, await node.commit(id, digestOf(bytes)), bytes);
      }),
    );
  });
});
