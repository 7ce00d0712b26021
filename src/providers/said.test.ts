import { expect, test } from 'bun:test';
import { formsOfSecret, saidIn, withoutSecrets } from './said.ts';

const SECRET = 'a&b "c\\d!~(e)/+=';

test.each([
  ['as it is', SECRET],
  ['in a URL', encodeURIComponent(SECRET)],
  ['in a URL, by small letters', 'a%26b%20%22c%5cd!~(e)%2f%2b%3d'],
  ['in a form', 'a%26b+%22c%5Cd%21%7E%28e%29%2F%2B%3D'],
  ['in JSON', String.raw`a&b \"c\\d!~(e)/+=`],
  ['in HTML', String.raw`a&amp;b &quot;c\d!~(e)/+=`],
])('a secret that comes back %s is not said', (_, form) => {
  const body = Buffer.from(JSON.stringify({ message: `This is wrong: ${form} .` }));
  expect(saidIn({ headers: new Map(), body }, [SECRET])).toBe('This is wrong: *** .');
});

test('a plain secret has one form', () => {
  expect(formsOfSecret('dckr-pat_0123')).toEqual(['dckr-pat_0123']);
});

test.each([
  ['a JSON web token', 'It was eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl here.'],
  ['one without a signature', 'It was eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0. here.'],
  ['one that was cut', 'It was eyJhbGciOiJIUzI1NiJ9 here.'],
  ['one behind a dash', 'It was -eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0 here.'],
  ['a key', 'It was -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- here.'],
  ['a password', 'It was Basic dXNlcjpwYXNzd29yZA== here.'],
  ['a token of GitHub', 'It was ghp_0123456789abcdef here.'],
])('what looks like %s is not said', (_, text) => {
  expect(withoutSecrets(text, [])).toMatch(/^It was -?\*\*\*\.? here\.$/);
});

// Whatever is more than linear does not come back from these.
test.each([
  'eyJ-',
  'eyJ',
  'eyJaaaaaaaa.',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY',
  '-----BEGIN PRIVATE KEY----------END ',
  'token ',
  'token\n\n',
  'basic aaaaaaa ',
  'ghp_',
  'AKIA-',
])('hiding secrets comes to an end on millions of %p', (piece) => {
  const hostile = piece.repeat(4_000_000 / piece.length);
  expect(withoutSecrets(hostile, []).length).toBeLessThanOrEqual(hostile.length);
});
