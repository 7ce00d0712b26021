import { LoginRefusedError, NotFoundError, ReplyTooLargeError, UnexpectedReplyError } from './client-error.ts';

/** Of a reply that says what went wrong. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Of what a registry says, in a message of ours. */
const MAX_SHOWN_CHARACTERS = 300;

/**
 * Reads a body to its end.
 *
 * @param what for the message: `the manifest`.
 * @throws {ReplyTooLargeError} it has more than `limitBytes`.
 */
export async function readBounded(response: Response, limitBytes: number, what: string): Promise<Uint8Array> {
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > limitBytes) {
    await discard(response);
    throw new ReplyTooLargeError(`${what} has ${announced} bytes; at most ${limitBytes} are read.`);
  }
  const { pieces, isWhole } = await readUpTo(response, limitBytes);
  if (!isWhole) throw new ReplyTooLargeError(`${what} has more than ${limitBytes} bytes.`);
  return Buffer.concat(pieces);
}

/** Lets go of a reply whose body says nothing to us. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

/** The error that a reply is, with what the registry says about it. The body is read, as far as it is worth it. */
export async function replyError(registry: string, what: string, response: Response): Promise<UnexpectedReplyError> {
  const { status } = response;
  const { code, message } = await firstError(response);
  const said = [code, message].filter((text) => text !== '').join(': ') || (UNSAID[status] ?? '');
  const text = `${registry}: ${what}: ${status}${said === '' ? '' : ` ${said}`}`;
  const reply = { status, registryCode: code, retryAfterSeconds: retryAfter(response.headers.get('retry-after')) };
  if (status === 401 || status === 403) return new LoginRefusedError(text, reply);
  return status === 404 ? new NotFoundError(text, reply) : new UnexpectedReplyError(text, reply);
}

/** What a reply without a body means: that of a HEAD has none. */
const UNSAID: Readonly<Record<number, string>> = {
  401: 'the login is missing, or is not taken',
  403: 'this login may not do that',
};

async function firstError(response: Response): Promise<{ code: string; message: string }> {
  try {
    const { pieces } = await readUpTo(response, MAX_ERROR_BYTES);
    const text = Buffer.concat(pieces).toString('utf8');
    return errorIn(text) ?? { code: '', message: /^\s*</.test(text) ? '' : shown(text) };
  } catch {
    // The status says enough.
    return { code: '', message: '' };
  }
}

function errorIn(text: string): { code: string; message: string } | undefined {
  try {
    const document = JSON.parse(text) as { errors?: readonly { code?: unknown; message?: unknown }[] } | null;
    const first = Array.isArray(document?.errors) ? document.errors[0] : undefined;
    if (first === undefined) return undefined;
    return { code: textOf(first.code), message: textOf(first.message) };
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? shown(value) : '';
}

/** What comes from a registry must not move the cursor, nor fill the screen. */
function shown(text: string): string {
  return text
    .slice(0, MAX_SHOWN_CHARACTERS)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

async function readUpTo(response: Response, limitBytes: number): Promise<{ pieces: Uint8Array[]; isWhole: boolean }> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > limitBytes) return { pieces, isWhole: false };
    pieces.push(piece);
  }
  return { pieces, isWhole: true };
}

/** Seconds from now. A date is allowed too; what is neither says nothing. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
