import { describe, expect, it } from 'bun:test';
import { withoutHeaders } from './without-headers.ts';

describe('an answer that repeats what it was sent', () => {
  const basic = `Basic ${Buffer.from('ada:pass"word').toString('base64')}`;
  const cases = [
    ['as it is', 'got Bearer a-long-token!', 'got ***!'],
    ['without its scheme', 'got a-long-token!', 'got ***!'],
    ['decoded', 'hello ada:pass"word', 'hello ***'],
    ['in part', 'password is pass"word', 'password is ***'],
    ['as JSON', JSON.stringify({ p: 'pass"word' }), '{"p":"***"}'],
    ['not at all', 'ok, yes', 'ok, yes'],
  ] as const;
  for (const [name, said, kept] of cases) {
    it(`${name}`, () => expect(withoutHeaders(said, ['Bearer a-long-token', basic, 'yes'], false)).toBe(kept));
  }

  it('up to where it was cut', () => {
    expect(withoutHeaders('got Bearer a-lo', ['Bearer a-long-token'], true)).toBe('got ***');
    expect(withoutHeaders('got a-long-', ['Bearer a-long-token'], true)).toBe('got ***');
    expect(withoutHeaders('got Bearer a-lo', ['Bearer a-long-token'], false)).toBe('got Bearer a-lo');
  });
});
