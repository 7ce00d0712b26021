import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { digestOf, IMAGE_INDEX, IMAGE_MANIFEST, imageOf, randomBlob } from '../support/image.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { basic, sharedRegistry } from '../support/registry-under-test.ts';

/* Whatever is sent, the answer is one that the specification knows, and the registry goes on. */
const registry = sharedRegistry();

const blob = randomBlob(100);
const image = imageOf([blob]);

const word = fc.constantFrom(
  'v2',
  '_catalog',
  '_oci',
  'ext',
  'discover',
  'blobs',
  'uploads',
  'manifests',
  'tags',
  'list',
  'referrers',
  'token',

  'fuzz',
  'app',
  'latest',
  'v1',
  '',
  '.',
  '..',
  '%2F',
  '%00',
  '%',
  '%zz',
  'sha256:',
  blob.digest,
  image.manifest.digest,

  crypto.randomUUID(),
  'a'.repeat(300),
  'é',
  '\u{1F600}',
  '%F0%9F%98%80',
  '%ED%A0%80',
  '+',
  '*',
  ':',
  '@',
  '~',
  '"',
);
const segment = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
);
const shaped = fc
  .tuple(
    fc.constantFrom('fuzz/app', 'other', 'a/b/c'),
    fc.constantFrom('blobs', 'blobs/uploads', 'manifests', 'tags', 'referrers'),
    segment,
  )
  .map(([repository, place, last]) => `/v2/${repository}/${place}/${last}`);
const path = fc.oneof(
  { weight: 3, arbitrary: shaped },
  { weight: 1, arbitrary: fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`) },
);
const query = fc.array(
  fc.tuple(
    fc.constantFrom('digest', 'mount', 'from', 'n', 'last', 'tag', 'artifactType', 'digest-algorithm', 'scope', 'x'),
    segment,
  ),
  { maxLength: 4 },
);
const headerValue = fc.oneof(
  fc.constantFrom(
    '*',
    '"x"',
    '0',
    '-1',
    '0-0',
    'bytes=0-0',
    'bytes=-1',
    'bytes 0-1/2',
    IMAGE_MANIFEST,
    IMAGE_INDEX,
    ';',
    ',',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'range',
    'if-range',
    'if-none-match',
    'content-range',
    'content-type',
    'x-forwarded-for',
    'expect-ct',

    'x-forwarded-host',
    'x-forwarded-proto',
    'forwarded',
    'x-request-id',
    'origin',
    'cookie',
    'x-http-method-override',
  ),
  headerValue,
  { maxKeys: 4 },
);
const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'LINK');
const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant(new Uint8Array()) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(image.manifest.bytes, blob.bytes) },
  { weight: 1, arbitrary: fc.json().map((text) => new TextEncoder().encode(text)) },
);
const requests = fc.record({
  method,
  path,
  query,
  headers,
  body,
  who: fc.constantFrom('administrator', 'nobody', 'wrong'),
});

describe('any request', () => {
  it('is answered with something else than a failure of ours', async () => {
    await registry().client.pushImage('fuzz/app', image, 'v1');
    const authorizations = {
      administrator: { authorization: registry().authorization },
      nobody: {},
      wrong: { authorization: basic('x', `havre_${'A'.repeat(43)}`) },
    };
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const address = new URL(registry().url);
        const search = request.query.map(([name, value]) => `${name}=${value}`).join('&');
        const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(request.method) && request.body.byteLength > 0;
        const reply = await fetch(`${address.origin}${request.path}?${search.replaceAll('#', '')}`, {
          method: request.method,
          redirect: 'manual',
          headers: { ...request.headers, ...authorizations[request.who] },
          ...(hasBody && { body: request.body as Uint8Array<ArrayBuffer> }),
        });
        const text = await reply.text();
        expect(reply.status).toBeLessThan(500);
        expect(registry().failures).toEqual([]);
        const isError = reply.status >= 400 && reply.status !== 416 && request.method !== 'HEAD' && text !== '';
        if (isError)
          expect(Object.keys(JSON.parse(text) as object)).toBeOneOf([['errors'], ['error', 'error_description']]);
      }),
      { numRuns: 1500 },
    );
  }, 60_000);

  it('of bytes that are hardly HTTP is refused, cut off or answered, and the next client is served', async () => {
    const line = fc.oneof(
      fc.constantFrom('GET /v2/ HTTP/1.1', 'GET /v2/ HTTP/1.0', 'GET /v2/ HTTP/2.0', 'PRI * HTTP/2.0', 'GET  /v2/', ''),
      fc.constantFrom(
        'Host: havre',
        'Host:',
        'Content-Length: 3',
        'Transfer-Encoding: chunked',
        'Connection: close',
        ': x',
      ),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    const text = fc.array(line, { maxLength: 8 }).map((lines) => `${lines.join('\r\n')}\r\n\r\n`);
    await fc.assert(
      fc.asyncProperty(text, async (bytes) => {
        using connection = await RawConnection.open(registry().url);
        connection.write(bytes);
        const { client } = registry();
        expect((await client.send('GET', '/v2/')).status).toBe(200);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe('any manifest', () => {
  const json = fc.json({ maxDepth: 4 });
  const descriptor = fc.record(
    {
      mediaType: fc.oneof(fc.constantFrom('a/b', IMAGE_MANIFEST, IMAGE_INDEX, ''), fc.jsonValue()),
      digest: fc.oneof(
        fc.constantFrom(blob.digest, image.manifest.digest, digestOf(blob.bytes, 'sha512')),
        fc.jsonValue(),
      ),
      size: fc.oneof(fc.nat(), fc.jsonValue()),
      urls: fc.oneof(fc.constant(['https://example.com']), fc.jsonValue()),
      annotations: fc.jsonValue(),
      platform: fc.jsonValue(),
      data: fc.jsonValue(),
    },
    { requiredKeys: ['mediaType', 'digest', 'size'] },
  );
  const document = fc.record(
    {
      schemaVersion: fc.oneof({ weight: 8, arbitrary: fc.constant(2) }, { weight: 1, arbitrary: fc.jsonValue() }),
      mediaType: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(IMAGE_MANIFEST, IMAGE_INDEX) },
        { weight: 1, arbitrary: fc.jsonValue() },
      ),
      config: fc.oneof(descriptor, fc.jsonValue()),
      layers: fc.oneof(fc.array(descriptor, { maxLength: 4 }), fc.jsonValue()),
      manifests: fc.oneof(fc.array(descriptor, { maxLength: 4 }), fc.jsonValue()),
      subject: fc.oneof(descriptor, fc.jsonValue()),
      annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
      artifactType: fc.oneof(fc.constant('application/vnd.x'), fc.jsonValue()),
    },
    { requiredKeys: ['schemaVersion'] },
  );

  it('is taken, and then given back as it was, or refused with a reason', async () => {
    for (const content of image.blobs) await registry().client.pushBlob('fuzz/manifests', content);
    const texts = fc.oneof({ weight: 5, arbitrary: document.map((value) => JSON.stringify(value)) }, json);
    const types = fc.constantFrom(IMAGE_MANIFEST, IMAGE_INDEX, '');
    await fc.assert(
      fc.asyncProperty(texts, types, async (text, mediaType) => {
        const bytes = new TextEncoder().encode(text);
        const reply = await registry().client.send('PUT', '/v2/fuzz/manifests/manifests/latest', {
          headers: mediaType === '' ? {} : { 'content-type': mediaType },
          body: bytes,
        });
        expect(reply.status).toBeOneOf([201, 400]);
        if (reply.status === 400) {
          const { errors } = (await reply.json()) as { errors: { code: string }[] };
          expect(errors[0]?.code).toBeOneOf(['MANIFEST_INVALID', 'MANIFEST_BLOB_UNKNOWN']);
          return;
        }
        expect(await registry().client.pullManifest('fuzz/manifests', 'latest')).toEqual(bytes);
        expect(reply.headers.get('docker-content-digest')).toBe(digestOf(bytes));
        const subject = reply.headers.get('oci-subject');
        if (subject === null) return;
        const list = await registry().client.send('GET', `/v2/fuzz/manifests/referrers/${subject}`);
        expect(await list.text()).toContain(digestOf(bytes));
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});
