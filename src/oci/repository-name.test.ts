import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { NameInvalidError } from './errors.ts';
import { parseRepositoryName } from './repository-name.ts';

describe('parseRepositoryName', () => {
  const taken = [
    'a',
    '0',
    'minio',
    'library/ubuntu',
    'a/b/c/d/e/f',
    'a.b',
    'a_b',
    'a__b',
    'a-b',
    'a------b',
    'a.b_c__d-e/f',
    'blobs/uploads/manifests/tags/list',
    'a'.repeat(255),
  ];
  for (const name of taken)
    it(`takes ${name.slice(0, 40)}`, () => expect<string>(parseRepositoryName(name)).toBe(name));

  const refused = [
    '',
    'A',
    'library/Ubuntu',
    '_catalog',
    '_oci/ext',
    'a/_oci',
    '.a',
    'a.',
    'a..b',
    'a___b',
    'a._b',
    'a_.b',
    'a-_b',
    '-a',
    'a-',
    '/a',
    'a/',
    'a//b',
    '..',
    'a/../b',
    './a',
    'a%2Fb',
    'a b',
    'a:b',
    'a@b',
    'a+b',
    'a\\b',
    'a\n',
    'a\0',
    'é',
    'а', // Cyrillic
    'ａ', // full width
    '\ud800',
    'ſ', // lower-cases to itself, upper-cases to S
    'a'.repeat(256),
  ];
  for (const name of refused) {
    it(`refuses ${JSON.stringify(name.slice(0, 40))}`, () => {
      expect(() => parseRepositoryName(name)).toThrow(NameInvalidError);
    });
  }

  it('takes every name of the grammar, as it is', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,4}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,3}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const name = parts.join('/');
        expect<string>(parseRepositoryName(name)).toBe(name);
      }),
    );
  });

  it('never takes a name that a file system could misread', () => {
    const near = fc.string({ unit: fc.constantFrom('a', '0', '.', '_', '-', '/', 'A', '\\', '\0') });
    fc.assert(
      fc.property(near, (text) => {
        try {
          const parts = parseRepositoryName(text).split('/');
          for (const part of parts) expect(part).toMatch(/^[a-z0-9].*[a-z0-9]$|^[a-z0-9]$/);
        } catch (error) {
          expect(error).toBeInstanceOf(NameInvalidError);
        }
      }),
    );
  });
});
