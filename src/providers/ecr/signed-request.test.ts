import { describe, expect, it } from 'bun:test';
import { signedHeaders } from './signed-request.ts';

/** The vectors that AWS publishes for Signature Version 4. */
const VECTORS = {
  service: 'service',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  at: new Date('2015-08-30T12:36:00Z'),
} as const;

describe('a signed request', () => {
  it('has the signature of the vector post-vanilla', async () => {
    const headers = await signedHeaders({ ...VECTORS, url: 'https://example.amazonaws.com/', headers: {}, body: '' });
    expect(headers['x-amz-date']).toBe('20150830T123600Z');
    expect(headers['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
        'Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    );
  });

  it('has the signature of the vector post-x-www-form-urlencoded', async () => {
    const headers = await signedHeaders({
      ...VECTORS,
      url: 'https://example.amazonaws.com/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Param1=value1',
    });
    expect(headers['authorization']).toEndWith(
      'SignedHeaders=content-type;host;x-amz-date, ' +
        'Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    );
  });

  it('signs the token of temporary credentials, too', async () => {
    const credentials = { ...VECTORS.credentials, sessionToken: 'a-session-token' };
    const request = { ...VECTORS, credentials, url: 'https://example.amazonaws.com/', headers: {}, body: '' };
    const headers = await signedHeaders(request);
    expect(headers['x-amz-security-token']).toBe('a-session-token');
    expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
  });
});
