import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import { NotedStore } from '../../../test/support/noted-store.ts';
import { S3_FAULTS, S3FaultProxy, type ProxiedRequest } from '../../../test/support/s3-fault-proxy.ts';
import { describeOnS3, type S3UnderTest } from '../../../test/support/s3.ts';
import { digestOf } from '../../oci/digest.ts';
import { ContentMissingError, StorageUnavailableError } from '../../oci/errors.ts';
import { newUploadId, type UploadId } from '../../oci/upload-id.ts';
import { arriving, bytesOf, failureOf, piecesOf, send } from '../contract/upload-client.ts';
import { expectContent } from '../contract/upload-expectations.ts';

// Several megabytes each, to a server that may share the machine with others.
setDefaultTimeout(60_000);

const MIB = 1024 * 1024;
const PART_BYTES = 5 * MIB;
/** Two parts and some more. */
const LARGE_BYTES = 2 * PART_BYTES + 300_000;
const IMPATIENT = { giveUpSeconds: 5, firstPauseMilliseconds: 1 };

interface Faulty extends AsyncDisposable {
  readonly proxy: S3FaultProxy;
  readonly store: NotedStore;
}

async function faulty(s3: S3UnderTest, retry = IMPATIENT): Promise<Faulty> {
  const proxy = await S3FaultProxy.start(s3.server().endpoint);
  const location = s3.location(proxy.endpoint);
  const store = await NotedStore.open({ location, ...s3.options(), partBytes: PART_BYTES, retry });
  return {
    proxy,
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

async function created(store: NotedStore): Promise<UploadId> {
  const id = newUploadId();
  await store.create(id);
  return id;
}

const isPart = ({ method, url }: ProxiedRequest): boolean => method === 'PUT' && url.includes('partNumber=');
const isCompletion = ({ method, url }: ProxiedRequest): boolean => method === 'POST' && url.includes('uploadId=');

describeOnS3('faults', (s3) => {
  describe('when every request fails the first time', () => {
    for (const fault of S3_FAULTS) {
      it(`by ${fault}, what is pushed and pulled is right`, async () => {
        await using opened = await faulty(s3);
        const { proxy, store } = opened;
        proxy.plan(({ before }) => (before === 0 ? fault : undefined));

        const large = bytesOf(LARGE_BYTES);
        const id = await created(store);
        await send(store, id, piecesOf(large.subarray(0, 7 * MIB)));
        await send(await store.reopen(), id, piecesOf(large.subarray(7 * MIB)));
        const content = await store.commit(id, digestOf(large));
        await expectContent(store, content, large);
        const range = { first: PART_BYTES - 10, last: PART_BYTES + 2 * MIB };
        const part = await new Response(await store.read(content.key, content.size, range)).bytes();
        expect(digestOf(part)).toBe(digestOf(large.subarray(range.first, range.last + 1)));

        const small = bytesOf(1000);
        const other = await created(store);
        await send(store, other, [small]);
        await expectContent(store, await store.commit(other, digestOf(small)), small);
        await store.delete(content.key);
        expect(await store.size(content.key)).toBeUndefined();
      });
    }
  });

  it('a blob is read whole although each reply breaks half-way', async () => {
    await using opened = await faulty(s3);
    const { proxy, store } = opened;
    const bytes = bytesOf(LARGE_BYTES);
    const id = await created(store);
    await send(store, id, piecesOf(bytes));
    const content = await store.commit(id, digestOf(bytes));

    proxy.plan(({ method, before }) => (method === 'GET' && before < 5 ? 'reset-in-reply' : undefined));
    await expectContent(store, content, bytes);
    expect(proxy.requests.filter(({ method }) => method === 'GET').length).toBeGreaterThan(5);
  });

  it('a blob that is replaced while it is read is never mixed with what replaced it', async () => {
    await using opened = await faulty(s3);
    const { proxy, store } = opened;
    const bytes = bytesOf(LARGE_BYTES);
    const id = await created(store);
    await send(store, id, piecesOf(bytes));
    const content = await store.commit(id, digestOf(bytes));

    proxy.plan(({ method, before }) => (method === 'GET' && before === 0 ? 'reset-in-reply' : undefined));
    const stream = await store.read(content.key, content.size);
    await store.delete(content.key);
    expect(await failureOf(new Response(stream).bytes())).toBeInstanceOf(ContentMissingError);
  });

  it('a completion whose reply is always lost is found to be done', async () => {
    await using opened = await faulty(s3, { giveUpSeconds: 0.05, firstPauseMilliseconds: 1 });
    const { proxy, store } = opened;
    const bytes = bytesOf(LARGE_BYTES);
    const id = await created(store);
    await send(store, id, piecesOf(bytes));
    proxy.plan((request) => (isCompletion(request) && request.before === 0 ? 'lost-reply' : undefined));
    await expectContent(store, await store.commit(id, digestOf(bytes)), bytes);
  });

  it('while S3 is away, chunks and commits are refused for now, and go on when it is back', async () => {
    await using opened = await faulty(s3, { giveUpSeconds: 0.05, firstPauseMilliseconds: 1 });
    const { proxy, store } = opened;
    const bytes = bytesOf(LARGE_BYTES);
    const id = await created(store);
    await send(store, id, piecesOf(bytes.subarray(0, 100_000)));

    proxy.plan(() => 'reset-at-once');
    expect(await failureOf(send(store, id, piecesOf(bytes.subarray(100_000))))).toBeInstanceOf(StorageUnavailableError);
    expect(await store.offset(id)).toBe(100_000);
    expect(await failureOf(store.check())).toBeInstanceOf(StorageUnavailableError);

    proxy.plan((request) => (isPart(request) ? 'internal-error' : undefined));
    expect(await failureOf(send(store, id, piecesOf(bytes.subarray(100_000))))).toBeInstanceOf(StorageUnavailableError);
    expect(await store.offset(id)).toBe(100_000);

    proxy.plan(() => undefined);
    await send(store, id, piecesOf(bytes.subarray(100_000)));
    proxy.plan((request) => (isCompletion(request) ? 'slow-down' : undefined));
    expect(await failureOf(store.commit(id, digestOf(bytes)))).toBeInstanceOf(StorageUnavailableError);

    proxy.plan(() => undefined);
    await expectContent(store, await (await store.reopen()).commit(id, digestOf(bytes)), bytes);
  });

  it('a pull is refused for now while S3 is away', async () => {
    await using opened = await faulty(s3, { giveUpSeconds: 0.05, firstPauseMilliseconds: 1 });
    const { proxy, store } = opened;
    const id = await created(store);
    await send(store, id, [bytesOf(10)]);
    const { key } = await store.commit(id, digestOf(bytesOf(10)));
    proxy.plan(() => 'slow-down');
    expect(await failureOf((async () => await store.read(key, 10))())).toBeInstanceOf(StorageUnavailableError);
    expect(await failureOf(store.size(key))).toBeInstanceOf(StorageUnavailableError);
  });

  it('a client that goes away leaves no request to S3 running', async () => {
    await using opened = await faulty(s3);
    const { store } = opened;
    const bytes = bytesOf(LARGE_BYTES);
    const id = await created(store);
    await send(store, id, piecesOf(bytes));
    const { key, size } = await store.commit(id, digestOf(bytes));
    const body = await store.read(key, size);
    if (body instanceof Blob) throw new Error('large content is streamed');
    const reader = body.getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
    await expectContent(store, { key, size, digest: digestOf(bytes) }, bytes);
  });

  it('a chunk that comes while the server is away is not lost for the client', async () => {
    await using opened = await faulty(s3, { giveUpSeconds: 0.05, firstPauseMilliseconds: 1 });
    const { proxy, store } = opened;
    const id = await created(store);
    proxy.plan(() => 'reset-in-request');
    const signal = new AbortController().signal;
    const cut = store.append(id, arriving([bytesOf(10)]), { at: 0, signal });
    expect(await failureOf(cut)).toBeInstanceOf(StorageUnavailableError);
    proxy.plan(() => undefined);
    await send(store, id, [bytesOf(10)]);
    await expectContent(store, await store.commit(id, digestOf(bytesOf(10))), bytesOf(10));
  });
});
