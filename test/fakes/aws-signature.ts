import { createHash, createHmac } from 'node:crypto';
import type { FakeRequest } from './fake.ts';

/** How a signature was found wanting. */
export type SignatureProblem = 'missing' | 'unknown-key' | 'wrong' | 'skewed';

export interface Signed {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly service: string;
}

const MAX_SKEW_MILLISECONDS = 300_000;

/**
 * Looks at a signature as AWS does, by the recipe that it publishes.
 *
 * @param secretOf the secret of an access key; `undefined`: there is no such key.
 * @param now milliseconds since the epoch.
 * @see AWS Signature Version 4: create a signed request
 */
export function verifySignature(
  request: FakeRequest,
  secretOf: (accessKeyId: string) => string | undefined,
  now: number,
): Signed | SignatureProblem {
  const { headers, method, path, body } = request;
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, accessKeyId, day, region, service, signedHeaders, signature] =
    form.exec(headers.get('Authorization') ?? '') ?? [];
  if (accessKeyId === undefined || day === undefined || region === undefined || service === undefined) return 'missing';
  const secret = secretOf(accessKeyId);
  if (secret === undefined) return 'unknown-key';
  const names = (signedHeaders ?? '').split(';');
  const canonicalHeaders = names.map((name) => `${name}:${(headers.get(name) ?? '').trim()}\n`).join('');
  const canonical = [method, path, '', canonicalHeaders, names.join(';'), hash(body)].join('\n');
  const date = headers.get('X-Amz-Date') ?? '';
  const text = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, hash(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    (chained, part) => hmac(chained, part),
    Buffer.from(`AWS4${secret}`),
  );
  const covered = ['host', 'x-amz-date'].every((name) => names.includes(name));
  if (!covered || hmac(key, text).toString('hex') !== signature) return 'wrong';
  const at = Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Math.abs(at - now) > MAX_SKEW_MILLISECONDS) return 'skewed';
  return { accessKeyId, sessionToken: headers.get('X-Amz-Security-Token') ?? undefined, service };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
