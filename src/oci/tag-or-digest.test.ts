import { describe, expect, it } from 'bun:test';
import { digestOf } from './digest.ts';
import { DigestInvalidError, TagInvalidError } from './errors.ts';
import { parseTag } from './tag.ts';
import { parseTagOrDigest } from './tag-or-digest.ts';

describe('parseTagOrDigest', () => {
  it('reads a tag', () => expect(parseTagOrDigest('v1')).toEqual({ tag: parseTag('v1') }));

  it('reads a digest', () => {
    const digest = digestOf(Buffer.from('x'));
    expect(parseTagOrDigest(digest)).toEqual({ digest });
  });

  it('reads what looks like a fallback tag as a tag', () => {
    expect(parseTagOrDigest(`sha256-${'0'.repeat(64)}`)).toEqual({ tag: parseTag(`sha256-${'0'.repeat(64)}`) });
  });

  it('takes a colon for a digest', () => expect(() => parseTagOrDigest('a:b')).toThrow(DigestInvalidError));

  for (const text of ['', 'a/b', '..', 'a%2Fb', 'a\0']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseTagOrDigest(text)).toThrow(TagInvalidError));
  }
});
