/** What a handler answers: values, turned into a `Response` in one place. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: ReplyBody;
}

export type ReplyBody = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

/** Docker's clients look for it to know that this is a registry; on errors too. */
const API_VERSION = 'registry/2.0';

/** Never compressed: digests and lengths are those of the bytes on the wire. */
export function toResponse(reply: Reply, requestId: string): Response {
  return new Response(bodyOf(reply), {
    status: reply.status,
    headers: {
      ...reply.headers,
      'Docker-Distribution-Api-Version': API_VERSION,
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': requestId,
    },
  });
}

/** Bun takes any bytes; its types only those that are not shared between threads, which ours never are. */
function bodyOf(reply: Reply): Bun.BodyInit | null {
  return reply.body instanceof Uint8Array ? (reply.body as Uint8Array<ArrayBuffer>) : (reply.body ?? null);
}

/** JSON that is not a manifest. */
export function jsonReply(value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** A reply without body; some clients wait for one unless they are told. */
export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: status === 204 || status === 304 ? headers : { 'Content-Length': '0', ...headers } };
}
