/** What a handler answers: values, turned into a `Response` in one place. */
export interface Reply {
  readonly status: number;
  /** {@link PreparedHeaders} where the same ones are sent again and again. */
  readonly headers: Readonly<Record<string, string>> | PreparedHeaders;
  readonly body?: ReplyBody;
}

export type ReplyBody = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

/** Headers of a reply, complete but for what differs from one request to the next. Building them costs most of a reply. */
export class PreparedHeaders {
  readonly headers: Headers;

  constructor(headers: Readonly<Record<string, string>>) {
    this.headers = new Headers({
      ...headers,
      // Docker's clients look for it to know that this is a registry; on errors too.
      'Docker-Distribution-Api-Version': 'registry/2.0',
      'X-Content-Type-Options': 'nosniff',
    });
  }
}

/**
 * Never compressed: digests and lengths are those of the bytes on the wire. An error names the request as the log does,
 * for whoever asks why; on a success that would cost more than reading the path.
 */
export function toResponse(reply: Reply, connection: { readonly requestId: string }): Response {
  const { headers } = reply.headers instanceof PreparedHeaders ? reply.headers : new PreparedHeaders(reply.headers);
  const response = new Response(bodyOf(reply), { status: reply.status, headers });
  if (reply.status >= 400) response.headers.set('X-Request-Id', connection.requestId);
  return response;
}

/** Bun takes any bytes; its types only those that are not shared between threads, which ours never are. */
function bodyOf(reply: Reply): Bun.BodyInit | null {
  return reply.body instanceof Uint8Array ? (reply.body as Uint8Array<ArrayBuffer>) : (reply.body ?? null);
}

/** How long the body is. A text counts its characters: ours are ASCII but for names in messages. */
export function bodyBytes({ body, headers }: Reply): number {
  if (body === undefined) return 0;
  if (typeof body === 'string') return body.length;
  if (body instanceof Uint8Array) return body.byteLength;
  if (body instanceof Blob) return body.size;
  return headers instanceof PreparedHeaders ? 0 : Number(headers['Content-Length'] ?? 0);
}

/** JSON that is not a manifest. */
export function jsonReply(value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** A reply without body; some clients wait for one unless they are told. */
export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: status === 204 || status === 304 ? headers : { 'Content-Length': '0', ...headers } };
}
