import type { Bucket } from './bucket.ts';
import { withoutUrl } from './s3-failure.ts';

/** A reply to GET, before its body was read. */
export interface GetReply {
  readonly body: ReadableStream<Uint8Array>;
  /** Of the body, in bytes. */
  readonly length: number;
  readonly contentRange: string | undefined;
  readonly etag: string | undefined;
}

/** What S3 answered instead, in the form of the client's own errors. */
class S3ReplyError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(status: number, code: string) {
    super(`S3 answers ${status} ${code}`);
    this.name = code;
    this.$metadata = { httpStatusCode: status };
  }
}

/** How long a URL is good for. */
const VALID_SECONDS = 900;
/** How long it is used again. Credentials that end are renewed by the client five minutes before. */
const USED_MILLISECONDS = 240_000;
const REMEMBERED = 5000;

/**
 * Reads objects by signed URLs and fetch. Pulls are made of such reads, and for a small object this is less than half of
 * what it costs to ask by the client, whose every request runs through a stack of middleware and streams of Node.
 */
export class SignedReads {
  readonly #bucket: Bucket;
  readonly #urls = new Map<string, { readonly url: string; readonly until: number }>();

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** @throws what the client would throw. */
  async get(key: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<GetReply> {
    const url = await this.#urlOf(key);
    const reply = await fetch(url, { headers, signal, redirect: 'manual', decompress: false }).catch(
      (error: unknown) => {
        throw withoutUrl(error);
      },
    );
    if (!reply.ok || reply.body === null) {
      // It may be the signature: credentials were changed, or the clock was set.
      this.#urls.delete(key);
      const code = /<Code>([^<]+)<\/Code>/.exec(await reply.text())?.[1];
      throw new S3ReplyError(reply.status, code ?? (reply.status === 404 ? 'NotFound' : 'UnknownError'));
    }
    return {
      body: reply.body,
      length: Number(reply.headers.get('content-length') ?? 0),
      contentRange: reply.headers.get('content-range') ?? undefined,
      etag: reply.headers.get('etag') ?? undefined,
    };
  }

  async #urlOf(key: string): Promise<string> {
    const known = this.#urls.get(key);
    const now = performance.now();
    if (known !== undefined && now < known.until) return known.url;
    const { sdk, client } = this.#bucket;
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    const url = await getSignedUrl(client, new sdk.GetObjectCommand(this.#bucket.at(key)), {
      expiresIn: VALID_SECONDS,
    });
    this.#urls.delete(key);
    this.#urls.set(key, { url, until: now + USED_MILLISECONDS });
    const [oldest] = this.#urls.keys();
    if (this.#urls.size > REMEMBERED && oldest !== undefined) this.#urls.delete(oldest);
    return url;
  }
}
