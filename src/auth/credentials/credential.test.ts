import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { basicAuthorization, MAX_AUTHORIZATION_CHARACTERS, parseCredential } from './credential.ts';
import { newTokenSecret } from './token-secret.ts';

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

describe('parseCredential', () => {
  const secret = newTokenSecret();
  const cases = [
    [
      'name and password',
      `Basic ${base64('ada:lovelace')}`,
      { kind: 'password', username: 'ada', password: 'lovelace' },
    ],
    ['the scheme in any case', `bAsIc ${base64('ada:x')}`, { kind: 'password', username: 'ada', password: 'x' }],
    ['colons in the password', `Basic ${base64('ada:a:b')}`, { kind: 'password', username: 'ada', password: 'a:b' }],
    ['UTF-8', `Basic ${base64('zoé:é')}`, { kind: 'password', username: 'zoé', password: 'é' }],
    ['an empty password', `Basic ${base64('ada:')}`, { kind: 'password', username: 'ada', password: '' }],
    [
      'a token as the password',
      `Basic ${base64(`ci:${secret}`)}`,
      { kind: 'token', scheme: 'basic', username: 'ci', secret },
    ],
    ['a token by itself', `Bearer ${secret}`, { kind: 'token', scheme: 'bearer', username: '', secret }],
    ['a bearer token', 'Bearer a.b.c', { kind: 'bearer', token: 'a.b.c' }],
    ['no colon', `Basic ${base64('ada')}`, undefined],
    ['bytes that are not UTF-8', `Basic ${base64(new Uint8Array([97, 58, 0xe9]))}`, undefined],
    ['a control character in the name', `Basic ${base64('a\nb:x')}`, undefined],
    ['an empty bearer token', 'Bearer  ', undefined],
    ['another scheme', 'Digest username="ada"', undefined],
    ['nothing', '', undefined],
    ['a header of unreasonable size', `Bearer ${'a'.repeat(MAX_AUTHORIZATION_CHARACTERS)}`, undefined],
  ] as const;

  for (const [name, header, expected] of cases) {
    it(name, () => expect(parseCredential(header)).toEqual(expected));
  }

  it('reads back what basicAuthorization writes', () => {
    const username = fc.stringMatching(/^[^:\p{Cc}]*$/u);
    fc.assert(
      fc.property(username, fc.string({ unit: 'grapheme' }), (name, password) => {
        expect(parseCredential(basicAuthorization(name, password))).toEqual({
          kind: 'password',
          username: name,
          password,
        });
      }),
    );
  });

  it('survives every header', () => {
    fc.assert(
      fc.property(fc.constantFrom('Basic ', 'Bearer ', ''), fc.string({ unit: 'binary' }), (scheme, rest) => {
        parseCredential(scheme + rest);
        parseCredential(scheme + base64(rest));
      }),
    );
  });
});
