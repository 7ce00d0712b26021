import { describe, expect, it } from 'bun:test';
import { formatListenAddress, ListenAddressInvalidError, parseListenAddress } from './listen-address.ts';

describe('an address to listen on', () => {
  const good = [
    [':5000', { port: 5000 }],
    ['127.0.0.1:0', { hostname: '127.0.0.1', port: 0 }],
    ['registry.lan:443', { hostname: 'registry.lan', port: 443 }],
    ['[::]:5000', { hostname: '::', port: 5000 }],
    ['unix:/run/havre.sock', { unix: '/run/havre.sock' }],
  ] as const;

  for (const [text, expected] of good) {
    it(`${text} is understood, and printed the same`, () => {
      expect(parseListenAddress(text)).toEqual(expected);
      expect(formatListenAddress(parseListenAddress(text))).toBe(text);
    });
  }

  for (const text of ['', '5000', 'localhost', '::1:5000', ':65536', ':-1', 'http://x:5000', '[::1]', 'unix:']) {
    it(`"${text}" is refused with the forms that are understood`, () => {
      expect(() => parseListenAddress(text)).toThrow(ListenAddressInvalidError);
      expect(() => parseListenAddress(text)).toThrow('127.0.0.1:5000');
    });
  }
});
