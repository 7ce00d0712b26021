import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { nextLink } from './link.ts';

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
