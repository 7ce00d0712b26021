import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { digestOf, encodedOf } from './digest.ts';
import { TagInvalidError } from './errors.ts';
import { isTag, parseTag, referrersTag } from './tag.ts';

describe('parseTag', () => {
  for (const tag of ['latest', 'v1.2.3', 'V1', '_', '1', 'a-', 'a.', 'a..b', '__proto__', 'x'.repeat(128)]) {
    it(`takes ${tag.slice(0, 30)}`, () => expect<string>(parseTag(tag)).toBe(tag));
  }

  const refused = ['', '.', '..', '.a', '-a', 'a+b', 'a b', 'a/b', 'a%2Fb', '../a', 'a:b', 'a\n', 'a\0', 'é', '\ud800'];
  for (const tag of [...refused, 'x'.repeat(129)]) {
    it(`refuses ${JSON.stringify(tag.slice(0, 30))}`, () => expect(() => parseTag(tag)).toThrow(TagInvalidError));
  }

  it('keeps the case, and agrees with isTag', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w.+-]{0,140}$/)), (text) => {
        if (isTag(text)) expect<string>(parseTag(text)).toBe(text);
        else expect(() => parseTag(text)).toThrow(TagInvalidError);
      }),
    );
  });
});

describe('referrersTag', () => {
  it('is the algorithm and the digest, cut at 64 characters', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('sha256' as const, 'sha512' as const), (bytes, algorithm) => {
        const subject = digestOf(bytes, algorithm);
        const tag = referrersTag(subject);
        expect<string>(tag).toBe(`${algorithm}-${encodedOf(subject).slice(0, 64)}`);
        expect(isTag(tag)).toBe(true);
      }),
    );
  });
});
