import { describe, expect, it } from 'bun:test';
import { pageOrigin } from './page-origin.ts';

const OURS = ['https://Registry.example.org:443', 'http://registry.lan:5000'];

describe('the page that sends a request', () => {
  const cases = [
    [{ 'sec-fetch-site': 'same-origin' }, 'ours'],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://proxied.example' }, 'ours'],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://registry.example.org' }, 'foreign'],
    [{ 'sec-fetch-site': 'cross-site' }, 'foreign'],
    [{ 'sec-fetch-site': 'something new' }, 'foreign'],
    [{ 'sec-fetch-site': 'none' }, 'unknown'],
    [{}, 'unknown'],
    [{ origin: 'https://registry.example.org' }, 'ours'],
    [{ origin: 'http://registry.lan:5000' }, 'ours'],
    [{ origin: 'http://registry.example.org' }, 'foreign'],
    [{ origin: 'https://registry.example.org:8443' }, 'foreign'],
    [{ origin: 'https://registry.example.org.evil.example' }, 'foreign'],
    [{ origin: 'null' }, 'foreign'],
    [{ origin: '' }, 'foreign'],
  ] as const;
  for (const [headers, expected] of cases) {
    it(`is ${expected} with ${JSON.stringify(headers)}`, () => {
      expect(pageOrigin(new Headers(headers), OURS)).toBe(expected);
    });
  }

  it('is never ours where we are known by a name that is no host', () => {
    expect(pageOrigin(new Headers({ origin: 'null' }), ['http://registry:99999'])).toBe('foreign');
  });
});
