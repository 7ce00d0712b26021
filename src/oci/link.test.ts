import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { nextLink, nextTarget } from './link.ts';

describe('nextLink', () => {
  it('is what clients parse', () => {
    expect(nextLink('/v2/a/tags/list', { n: 10, last: 'v9' })).toBe('</v2/a/tags/list?n=10&last=v9>; rel="next"');
  });

  it('leaves out what is not there', () => {
    expect(nextLink('/v2/_catalog', { n: undefined, last: 'a/b' })).toBe('</v2/_catalog?last=a%2Fb>; rel="next"');
    expect(nextLink('/v2/_catalog', {})).toBe('</v2/_catalog>; rel="next"');
  });

  it('keeps a plus sign a plus sign', () => {
    expect(nextLink('/x', { artifactType: 'application/spdx+json' })).toBe(
      '</x?artifactType=application%2Fspdx%2Bjson>; rel="next"',
    );
  });

  it('gives back any value, and never ends early', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (last) => {
        const link = nextLink('/v2/_catalog', { last });
        const target = /^<([^<>]*)>; rel="next"$/.exec(link)?.[1] ?? '';
        expect(new URL(target, 'http://havre').searchParams.get('last')).toBe(last.toWellFormed());
      }),
    );
  });
});

describe('nextTarget', () => {
  it.each([
    ['</v2/_catalog?last=b>; rel="next"', '/v2/_catalog?last=b'],
    ['</v2/_catalog?last=b>;rel=next', '/v2/_catalog?last=b'],
    ['</a>; rel="prev", </b?x=1,2;3>; title="a, b; rel=next"; REL = "last next"', '/b?x=1,2;3'],
    ['<https://example.org/a>; rel="next"; type="a\\"b"', 'https://example.org/a'],
    ['</a>; rel="prev"', undefined],
    ['</a>; title="rel=next"', undefined],
    ['</a; rel="next"', undefined],
    ['', undefined],
  ])('is found in %s', (header, target) => {
    expect(nextTarget(header)).toBe(target as string);
  });

  it('takes what nextLink makes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (last) => {
        const target = nextTarget(nextLink('/v2/_catalog', { last })) ?? '';
        expect(new URL(target, 'http://havre').searchParams.get('last')).toBe(last.toWellFormed());
      }),
    );
  });

  // Whatever is more than linear does not come back from these.
  it.each(['<', '<>', '<>;', '<a>;rel', '"', '<>; rel="', '<a>;;', ', <b', ' '])(
    'comes to an end on millions of %s',
    (piece) => {
      expect(nextTarget(piece.repeat(4_000_000 / piece.length))).toBeUndefined();
    },
  );
});
