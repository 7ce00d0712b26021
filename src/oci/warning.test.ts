import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { warningHeader } from './warning.ts';

/** What a client that reads header bytes as UTF-8 shows. */
function shown(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8');
}

describe('warningHeader', () => {
  it('has code 299 and no agent', () => expect(warningHeader('expires soon')).toBe('299 - "expires soon"'));

  it('escapes quotes', () => expect(warningHeader('"a\\b"')).toBe(String.raw`299 - "\"a\\b\""`));

  it('speaks French', () => expect(shown(warningHeader('étiquette périmée'))).toBe('299 - "étiquette périmée"'));

  it('is one line', () => expect(warningHeader('a\r\nSet-Cookie: b')).toBe('299 - "a  Set-Cookie: b"'));

  it('is cut between characters, not inside one', () => {
    expect(shown(warningHeader('é'.repeat(5_000)))).toBe(`299 - "${'é'.repeat(2_044)}"`);
    expect(warningHeader('"'.repeat(5_000))).toBe(`299 - "${'\\"'.repeat(2_044)}"`);
  });

  it('is a header that clients can parse, at most 4,096 bytes, for any text', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 5_000, size: 'max' });
    fc.assert(
      fc.property(texts, (text) => {
        const header = warningHeader(text);
        expect(header.length).toBeLessThanOrEqual(4_096);
        expect(shown(header)).toMatch(/^299 - "(?:[^"\\\p{Cc}]|\\["\\])*"$/u);
        expect(new Headers({ Warning: header }).get('Warning')).toBe(header);
      }),
      { numRuns: 50 },
    );
  });
});
