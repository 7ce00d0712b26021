import { Readable } from 'node:stream';
import type { ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { ByteRange } from '../../oci/byte-range.ts';
import { ContentMissingError, StorageUnavailableError } from '../../oci/errors.ts';
import { resumedBytes, streamOf } from './object-body.ts';
import { retried, RETRY_RULES, type RetryRules } from './retrying.ts';
import { openClient, type S3ClientOptions, type S3Location, type Sdk } from './s3-client.ts';
import { SignedReads, type GetReply } from './signed-read.ts';
import { asStorageFailure, failureOf, isAbsent, setupErrorOf } from './s3-failure.ts';

/** What is known of an object without reading it. */
export interface ObjectFacts {
  /** In bytes. */
  readonly size: number;
  readonly etag: string | undefined;
  readonly modified: Date | undefined;
}

export interface ListedObject {
  /** As the other methods take it. */
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly modified: Date | undefined;
}

/** Bytes to send, in pieces: never put together, because that would cost as much as sending them. */
export interface Payload {
  readonly pieces: readonly Uint8Array[];
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of the pieces: S3 compares what arrives with it. */
  readonly sha256: Buffer;
}

/** An object while it is read. */
export interface OpenObject {
  /** Of the whole object, in bytes. */
  readonly size: number;
  readonly etag: string | undefined;
  readonly stream: ReadableStream<Uint8Array>;
}

export interface ReadOptions {
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** For requests without much of a body. */
const ASK_MILLISECONDS = 15_000;
/** A write that is given up costs its client the whole upload; a read costs nothing but asking again. */
const READ_SECONDS = 8;
/** S3 puts many parts together in one request, or copies 5 GiB. */
export const LONG_WORK_MILLISECONDS = 10 * 60_000;
/** The slowest connection to S3 that is worth waiting for, in bytes for each millisecond. */
const SLOWEST_BYTES_PER_MILLISECOND = 512;
/** What one request may delete. */
const DELETED_AT_ONCE = 1_000;

export interface BucketParts {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly location: S3Location;
  readonly retry: RetryRules;
}

/** A request, as the client calls its parts. */
export interface Asked {
  readonly what: string;
  readonly key?: string;
  readonly signal?: AbortSignal | undefined;
  readonly milliseconds?: number;
  /** How long to ask again, in seconds; default as the rules say. Somebody waits for what is read, and can ask again. */
  readonly giveUpSeconds?: number;
}

/**
 * One bucket of S3, or what lies under a prefix of it. Keys are those after the prefix; one that begins with a slash
 * counts from the root of the bucket.
 *
 * Every method asks again while S3 is busy or unreachable.
 *
 * @throws {StorageUnavailableError} from every method: S3 stayed busy or unreachable, or will not do this for us; then
 *   the cause is an `S3SetupError` that says what to do.
 */
export class Bucket {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly name: string;
  readonly #prefix: string;
  readonly #place: string;
  readonly #retry: RetryRules;
  readonly #reads = new SignedReads(this);

  constructor({ sdk, client, location, retry }: BucketParts) {
    this.sdk = sdk;
    this.client = client;
    this.name = location.bucket;
    this.#prefix = location.prefix;
    this.#place = `s3://${location.bucket}${location.endpoint === undefined ? '' : ` at ${location.endpoint}`}`;
    this.#retry = retry;
  }

  /** What S3 calls the object. */
  at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.name, Key: key.startsWith('/') ? key.slice(1) : this.#prefix + key };
  }

  /** Whether it can be listed, asked once. @throws {Error} an `S3SetupError` with what to do; anything else that the client throws. */
  async check(): Promise<void> {
    const input = { Bucket: this.name, Prefix: this.#prefix, MaxKeys: 1 };
    const attempt = { what: 'a list', timeoutMilliseconds: 5_000, isFinal: true };
    try {
      await retried(this.#retry, attempt, (abortSignal) =>
        this.client.send(new this.sdk.ListObjectsV2Command(input), { abortSignal }),
      );
    } catch (error) {
      throw setupErrorOf(error, this.#place) ?? error;
    }
  }

  /** `undefined`: no such object. */
  async head(key: string): Promise<ObjectFacts | undefined> {
    try {
      const reply = await this.ask({ what: 'the size of an object', key, giveUpSeconds: READ_SECONDS }, (abortSignal) =>
        this.client.send(new this.sdk.HeadObjectCommand(this.at(key)), { abortSignal }),
      );
      return { size: reply.ContentLength ?? 0, etag: reply.ETag, modified: reply.LastModified };
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // A bucket that is gone is answered with the same word: nothing can be said then of what was in it.
      await this.ask({ what: 'a list' }, () => this.check());
      return undefined;
    }
  }

  /**
   * Opens an object to be read. The rest is asked for again where a reply breaks.
   *
   * @throws {ContentMissingError} no such object, or a range beyond its end.
   */
  async open(key: string, { range, signal }: ReadOptions = {}): Promise<OpenObject> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const reading = { key, signal: stop.signal };
    const first = await this.#get(reading, range);
    const size = totalOf(first.contentRange) ?? first.length;
    const from = range?.first ?? 0;
    const again = (offset: number) =>
      this.#get(reading, { first: from + offset, last: from + first.length - 1 }, first.etag);
    const ended = (): void => signal?.removeEventListener('abort', onAbort);
    const bytes = finallyDo(resumedBytes(first.length, first, again), ended);
    return { size, etag: first.etag, stream: streamOf(bytes, () => stop.abort(new Error('nobody reads on'))) };
  }

  /** All of it, in memory. @throws {ContentMissingError} */
  async read(key: string, options: ReadOptions = {}): Promise<Uint8Array> {
    const { stream } = await this.open(key, options);
    return await new Response(stream).bytes();
  }

  async put(key: string, payload: Payload, signal?: AbortSignal): Promise<void> {
    const ChecksumSHA256 = payload.sha256.toString('base64');
    await this.sendPayload({ what: 'an object', key, signal }, payload, (body, abortSignal) => {
      const command = new this.sdk.PutObjectCommand({ ...this.at(key), ...body, ChecksumSHA256 });
      signHash(command, payload);
      return this.client.send(command, { abortSignal });
    });
  }

  /** Deleting what is already gone succeeds. */
  async delete(key: string): Promise<void> {
    await this.ask({ what: 'a deletion', key }, (abortSignal) =>
      this.client.send(new this.sdk.DeleteObjectCommand(this.at(key)), { abortSignal }),
    ).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += DELETED_AT_ONCE) {
      const Objects = keys.slice(i, i + DELETED_AT_ONCE).map((key) => ({ Key: this.at(key).Key }));
      const input = { Bucket: this.name, Delete: { Objects, Quiet: true } };
      const reply = await this.ask({ what: 'deletions' }, (abortSignal) =>
        this.client.send(new this.sdk.DeleteObjectsCommand(input), { abortSignal }),
      );
      const failed = reply.Errors?.find(({ Code }) => Code !== 'NoSuchKey');
      if (failed !== undefined) throw asStorageFailure({ name: failed.Code, $metadata: { httpStatusCode: 500 } }, '');
    }
  }

  /** Every object whose key begins with `under`, by key. What comes and goes meanwhile may or may not be listed. */
  async *list(under: string): AsyncGenerator<ListedObject, void> {
    for await (const page of this.listPages(under)) yield* page;
  }

  /** As {@link list}, by as many as S3 gives at once: up to 1000. */
  async *listPages(under: string): AsyncGenerator<readonly ListedObject[], void> {
    const { Key: Prefix } = this.at(under);
    const cut = under.startsWith('/') ? 0 : this.#prefix.length;
    let ContinuationToken: string | undefined;
    do {
      const input = { Bucket: this.name, Prefix, ContinuationToken };
      const page: ListObjectsV2CommandOutput = await this.ask({ what: 'a list' }, (abortSignal) =>
        this.client.send(new this.sdk.ListObjectsV2Command(input), { abortSignal }),
      );
      yield (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
        key: cut === 0 && this.#prefix !== '' ? `/${Key}` : Key.slice(cut),
        size: Size,
        modified: LastModified,
      }));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  /** The names that stand between `under`, which ends in a slash, and the next slash of the keys that begin with it. */
  async *listFolders(under: string): AsyncGenerator<string, void> {
    const { Key: Prefix } = this.at(under);
    let ContinuationToken: string | undefined;
    do {
      const input = { Bucket: this.name, Prefix, Delimiter: '/', ContinuationToken };
      const page: ListObjectsV2CommandOutput = await this.ask({ what: 'a list' }, (abortSignal) =>
        this.client.send(new this.sdk.ListObjectsV2Command(input), { abortSignal }),
      );
      for (const { Prefix: folder = '' } of page.CommonPrefixes ?? []) yield folder.slice(Prefix.length, -1);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  /** One request, retried, its failure said in our words; what is absent keeps S3's words. */
  async ask<Value>(asked: Asked, send: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { what, signal, milliseconds = ASK_MILLISECONDS, giveUpSeconds = this.#retry.giveUpSeconds } = asked;
    const rules = { ...this.#retry, giveUpSeconds: Math.min(giveUpSeconds, this.#retry.giveUpSeconds) };
    try {
      return await retried(rules, { what, timeoutMilliseconds: milliseconds, signal }, send);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder'].includes(failureOf(error).code)) throw error;
      throw isAbsent(error) ? error : asStorageFailure(error, this.#place);
    }
  }

  /** Sends bytes, with a new body for each attempt. */
  sendPayload<Value>(
    asked: Asked,
    { pieces, size }: Payload,
    send: (body: { Body: Readable; ContentLength: number }, signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const milliseconds = ASK_MILLISECONDS + size / SLOWEST_BYTES_PER_MILLISECOND;
    return this.ask({ ...asked, milliseconds }, (signal) =>
      send({ Body: Readable.from(pieces, { objectMode: false }), ContentLength: size }, signal),
    );
  }

  close(): void {
    this.client.destroy();
  }

  async #get({ key, signal }: { key: string; signal: AbortSignal }, range?: ByteRange, etag?: string) {
    const headers = {
      ...(range !== undefined && { range: `bytes=${range.first}-${range.last}` }),
      ...(etag !== undefined && { 'if-match': etag }),
    };
    try {
      return await this.ask({ what: 'an object', key, signal, giveUpSeconds: READ_SECONDS }, async (abortSignal) => {
        // The whole reading is stopped by its own signal, the request alone by that of the attempt as well.
        const stop = AbortSignal.any([abortSignal, signal]);
        return requireRange(await this.#reads.get(key, headers, stop), range);
      });
    } catch (error) {
      const { status } = failureOf(error);
      if (isAbsent(error) || status === 416 || status === 412) throw new ContentMissingError(key, { cause: error });
      const cause = error instanceof Error ? failureOf(error.cause).status : 0;
      if (cause === 416 || cause === 412) throw new ContentMissingError(key, { cause: error });
      throw error;
    }
  }
}

/** Opens a bucket; asks it nothing yet. */
export async function openBucket(location: S3Location, options: S3ClientOptions = {}): Promise<Bucket> {
  return new Bucket({ ...(await openClient(location, options)), location, retry: options.retry ?? RETRY_RULES });
}

interface Stack {
  add(build: (next: Send) => Send, options: { step: 'build'; priority: 'low'; name: string }): void;
}
type Send = (given: { readonly request: { readonly headers: Record<string, string> } }) => Promise<unknown>;

/** Has the client sign the hash that we know already. It would read a stream for it, or sign in pieces. */
export function signHash(command: { readonly middlewareStack: unknown }, { sha256 }: Payload): void {
  const stack = command.middlewareStack as Stack; // its own type knows only the steps of this one command
  const hash = sha256.toString('hex');
  const build =
    (next: Send): Send =>
    (given) => {
      given.request.headers['x-amz-content-sha256'] = hash;
      return next(given);
    };
  stack.add(build, { step: 'build', priority: 'low', name: 'signHash' });
}

/** Something between us and S3 may know nothing of ranges: its answer would be the right number of wrong bytes. */
function requireRange(reply: GetReply, range: ByteRange | undefined): GetReply {
  const { contentRange, length } = reply;
  if (range === undefined || contentRange?.startsWith(`bytes ${range.first}-`) === true) return reply;
  if (contentRange === undefined && range.first === 0 && length === range.last + 1) return reply;
  reply.body.cancel().catch(() => {});
  throw new StorageUnavailableError(undefined, { cause: new Error('S3 answers with another range than asked for') });
}

/** `bytes 0-9/1234` */
function totalOf(contentRange: string | undefined): number | undefined {
  const total = contentRange?.split('/')[1];
  return total === undefined || total === '*' ? undefined : Number(total);
}

async function* finallyDo<Value>(values: AsyncGenerator<Value, void>, end: () => void): AsyncGenerator<Value, void> {
  try {
    yield* values;
  } finally {
    end();
  }
}
