import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { algorithmOf, digestOf, encodedOf, parseDigest, parseDigestAlgorithm } from './digest.ts';
import { DigestInvalidError } from './errors.ts';

const hex64 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('parseDigest', () => {
  it('takes sha256 and sha512', () => {
    expect<string>(parseDigest(`sha256:${hex64}`)).toBe(`sha256:${hex64}`);
    expect<string>(parseDigest(`sha512:${hex64}${hex64}`)).toBe(`sha512:${hex64}${hex64}`);
  });

  const refused = [
    ['nothing', ''],
    ['no algorithm', `:${hex64}`],
    ['no colon', hex64],
    ['upper case', `sha256:${hex64.toUpperCase()}`],
    ['upper-case algorithm', `SHA256:${hex64}`],
    ['too short', `sha256:${hex64.slice(1)}`],
    ['too long', `sha256:${hex64}0`],
    ['the length of the other algorithm', `sha512:${hex64}`],
    ['an algorithm we do not compute', `blake3:${hex64}`],
    ['a weak algorithm', 'md5:d41d8cd98f00b204e9800998ecf8427e'],
    ['a third part', `sha256:${hex64}:${hex64}`],
    ['a newline after', `sha256:${hex64}\n`],
    ['a newline before', `\nsha256:${hex64}`],
    ['a space', ` sha256:${hex64}`],
    ['a path', `sha256:../../${hex64.slice(6)}`],
    ['an encoded colon', `sha256%3A${hex64}`],
    ['a NUL', `sha256:${hex64.slice(1)}\0`],
    ['the words of the conformance suite', 'sha256:baddigeststring'],
    ['the name of a method of objects', `constructor:${hex64}`],
    ['digits that are not ASCII', `sha256:${'٣'.repeat(64)}`],
  ] as const;
  for (const [name, text] of refused) {
    it(`refuses ${name}`, () => expect(() => parseDigest(text)).toThrow(DigestInvalidError));
  }

  it('takes exactly what it can take apart, or throws its own error', () => {
    const almost = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^sha(256|512):[0-9a-fA-F]{62,130}$/));
    fc.assert(
      fc.property(almost, (text) => {
        try {
          const digest = parseDigest(text);
          expect(`${algorithmOf(digest)}:${encodedOf(digest)}`).toBe(text);
          expect(encodedOf(digest)).toHaveLength(algorithmOf(digest) === 'sha256' ? 64 : 128);
        } catch (error) {
          expect(error).toBeInstanceOf(DigestInvalidError);
        }
      }),
    );
  });
});

describe('digestOf', () => {
  it('is the digest of the empty blob', () => expect<string>(digestOf(new Uint8Array())).toBe(`sha256:${hex64}`));

  it('is a digest that can be parsed, for any content and algorithm', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('sha256' as const, 'sha512' as const), (bytes, algorithm) => {
        const digest = digestOf(bytes, algorithm);
        expect(parseDigest(digest)).toBe(digest);
        expect(algorithmOf(digest)).toBe(algorithm);
      }),
    );
  });
});

describe('parseDigestAlgorithm', () => {
  it('takes what we compute', () => {
    expect(parseDigestAlgorithm('sha256')).toBe('sha256');
    expect(parseDigestAlgorithm('sha512')).toBe('sha512');
  });

  for (const text of ['', 'SHA256', 'sha384', 'toString', '__proto__', 'sha256 ']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseDigestAlgorithm(text)).toThrow(DigestInvalidError));
  }
});
