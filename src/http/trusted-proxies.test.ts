import { describe, expect, it } from 'bun:test';
import { NetworkInvalidError } from './networks.ts';
import { TrustedProxies } from './trusted-proxies.ts';

const proxies = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);

describe('trusted proxies', () => {
  for (const [address, expected] of [
    ['10.1.2.3', true],
    ['192.0.2.7', true],
    ['fd00::1', true],
    ['::ffff:10.1.2.3', true],
    ['192.0.2.8', false],
    ['2001:db8::1', false],
    ['', false],
    ['unknown', false],
  ] as const) {
    it(`${address} is ${expected ? '' : 'not '}one`, () => expect(proxies.trusts(address)).toBe(expected));
  }

  it('refuses a block that is none', () => {
    expect(() => new TrustedProxies(['10.0.0.0/33'])).toThrow(NetworkInvalidError);
    expect(() => new TrustedProxies(['proxy.lan'])).toThrow('"proxy.lan" is not an IP address');
  });
});

describe('what a trusted proxy says', () => {
  const cases = [
    ['nothing', {}, {}],
    ['one hop', { 'x-forwarded-for': '198.51.100.4' }, { source: '198.51.100.4' }],
    [
      'what the client invented stands left and is ignored',
      { 'x-forwarded-for': '1.1.1.1, 198.51.100.4, 10.0.0.9' },
      { source: '198.51.100.4' },
    ],
    ['only proxies', { 'x-forwarded-for': '10.0.0.8, 10.0.0.9' }, { source: '10.0.0.8' }],
    ['with a port', { 'x-forwarded-for': '198.51.100.4:5123' }, { source: '198.51.100.4' }],
    ['IPv6', { 'x-forwarded-for': '[2001:db8::1]:443' }, { source: '2001:db8::1' }],
    ['garbage ends the walk', { 'x-forwarded-for': '198.51.100.4, <script>, 10.0.0.9' }, { source: '10.0.0.9' }],
    ['only garbage', { 'x-forwarded-for': '<script>' }, {}],
    [
      'scheme and host',
      { 'x-forwarded-proto': 'HTTPS', 'x-forwarded-host': 'hub.lan:8443' },
      { secure: true, host: 'hub.lan:8443' },
    ],
    [
      'a scheme per hop',
      { 'x-forwarded-for': '198.51.100.4, 10.0.0.9', 'x-forwarded-proto': 'https, http' },
      { source: '198.51.100.4', secure: true },
    ],
    ['an unknown scheme', { 'x-forwarded-proto': 'ftp' }, {}],
    ['a host that would break a header', { 'x-forwarded-host': 'a"b' }, {}],
    [
      'RFC 7239',
      { forwarded: 'for=198.51.100.4;proto=https;host=hub.lan' },
      { source: '198.51.100.4', secure: true, host: 'hub.lan' },
    ],
    [
      'RFC 7239, quoted IPv6',
      { forwarded: 'For="[2001:db8::1]:47011";Proto=HTTP, for=10.0.0.9;proto=http' },
      { source: '2001:db8::1', secure: false },
    ],
    ['RFC 7239, hidden', { forwarded: 'for=_hidden;proto=https' }, { secure: true }],
    [
      'RFC 7239 before the older headers',
      { forwarded: 'for=198.51.100.4', 'x-forwarded-for': '203.0.113.9' },
      { source: '198.51.100.4' },
    ],
    ['a comma inside quotes', { forwarded: 'for="1.1.1.1, 2.2.2.2", for=198.51.100.4' }, { source: '198.51.100.4' }],
  ] as const;

  for (const [name, headers, expected] of cases) {
    it(name, () => expect(proxies.read(new Headers(headers))).toEqual(expected));
  }

  it('reads a hostile header in linear time', () => {
    const long = `for=${'"\\'.repeat(50_000)}`;
    expect(proxies.read(new Headers({ forwarded: long }))).toEqual({});
  });
});
