import { describe, expect, it } from 'bun:test';
import { targetOf } from './call.ts';

describe('targetOf', () => {
  const cases = [
    ['http://havre:5000/v2/a/tags/list?n=1', '/v2/a/tags/list', 'n=1'],
    ['https://[::1]:5000/v2/', '/v2/', ''],
    ['http://havre/v2/a/blobs/uploads/x?digest=sha256:0&x=?', '/v2/a/blobs/uploads/x', 'digest=sha256:0&x=?'],
    ['http://havre/v2/?next=http://x/y', '/v2/', 'next=http://x/y'],
    ['http://havre', '/', ''],
    ['/v2/', '/v2/', ''],
    ['/v2/?next=http://x/y', '/v2/', 'next=http://x/y'],
  ] as const;
  for (const [url, path, search] of cases) {
    it(`reads ${url}`, () => expect(targetOf(url)).toEqual({ path, search }));
  }
});
