import type { Content } from '../support/image.ts';

/** @throws {Error} the status is none of these; the message has the start of the body. */
export async function expectStatus(reply: Response, ...statuses: number[]): Promise<void> {
  if (statuses.includes(reply.status)) return;
  const body = (await reply.clone().text()).slice(0, 300);
  throw new Error(`status ${reply.status} instead of ${statuses.join(' or ')} ${body}`.trim());
}

export function expectHeader(reply: Response, name: string, expected: string): void {
  const value = reply.headers.get(name);
  if (value !== expected) throw new Error(`${name} is ${JSON.stringify(value)} instead of ${JSON.stringify(expected)}`);
}

export async function expectBody(reply: Response, expected: Uint8Array): Promise<void> {
  const body = await reply.bytes();
  if (Buffer.compare(body, expected) === 0) return;
  throw new Error(`other bytes than expected: ${body.byteLength} of them instead of ${expected.byteLength}`);
}

/** A GET or HEAD of content that is there: status, length, digest and, for GET, the bytes. */
export async function expectContent(reply: Response, content: Content, method: 'GET' | 'HEAD'): Promise<void> {
  await expectStatus(reply, 200);
  expectHeader(reply, 'content-length', String(content.bytes.byteLength));
  expectHeader(reply, 'docker-content-digest', content.digest);
  await expectBody(reply, method === 'GET' ? content.bytes : new Uint8Array());
}

export function expectThat(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

/** The codes that a 4xx may carry by the released specification. */
const CODES = new Set([
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
]);

/** The body of a refusal: at least one error, with a code of the specification. */
export async function expectSpecifiedError(reply: Response): Promise<void> {
  const document: { errors?: { code?: unknown }[] } = JSON.parse(await reply.text());
  const code = document.errors?.[0]?.code;
  expectThat(typeof code === 'string' && CODES.has(code), `the code is ${JSON.stringify(code)}`);
}
