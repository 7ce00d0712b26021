import { expect, test } from 'bun:test';
import { formsOfSecret, saidIn } from './said.ts';

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
