import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { ManifestInvalidError } from './errors.ts';
import { parseJsonDocument } from './json-document.ts';

const parse = (text: string): unknown => parseJsonDocument(Buffer.from(text, 'utf8'));

describe('parseJsonDocument', () => {
  const refused = [
    ['nothing', ''],
    ['text that is not JSON', 'x'],
    ['an end too early', '{"a":'],
    ['two documents', '{}{}'],
    ['a byte order mark', '\ufeff{}'],
    ['a comment', '{}//'],
    ['a NUL', '{}\0'],
    ['a key twice', '{"a":1,"a":1}'],
    ['a key twice, once escaped', String.raw`{"layers":1,"layer\u0073":2}`],
    ['a key twice, deep inside', '[{"x":[{"a":1,"b":{"a":1},"a":2}]}]'],
    ['a key twice around values with brackets and quotes', String.raw`{"a":"}\"{,","b":[1,{}],"a":1}`],
    ['a key twice with spaces', '{ "a" : 1 , \n "a" : 2 }'],
    ['the empty key twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['a wrong escape in a key', String.raw`{"\x":1}`],
    ['half an escape in a key', String.raw`{"\u00`],
    ['lists without end', '['.repeat(1_000_000)],
    ['objects without end', '{"a":'.repeat(1_000_000)],
    ['101 lists', '['.repeat(101) + ']'.repeat(101)],
    ['100,001 values', `[${'0,'.repeat(100_000)}0]`],
    ['a string without end', `"${'\\"'.repeat(1_000_000)}`],
    ['a key without end', `{"${'\\'.repeat(1_000_001)}"`],
  ] as const;
  for (const [name, text] of refused) {
    it(`refuses ${name}`, () => expect(() => parse(text)).toThrow(ManifestInvalidError));
  }

  it('refuses what is not UTF-8', () => {
    const overlong = [0x22, 0xc0, 0x80, 0x22];
    const surrogate = [0x22, 0xed, 0xa0, 0x80, 0x22];
    for (const bytes of [[0xff], [0x22, 0xc3, 0x22], overlong, surrogate]) {
      expect(() => parseJsonDocument(Uint8Array.from(bytes))).toThrow(ManifestInvalidError);
    }
    expect(() => parseJsonDocument(Buffer.from('{}', 'utf16le'))).toThrow(ManifestInvalidError);
  });

  it('tells a key from a value, and one object from the next', () => {
    const text = String.raw`{"a":"a","b":["a","a",{"a":1},{"a":1}],"c":{"a":"b","b":"\\"},"A":1,"\\":2,"\\\"":3}`;
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('takes 100 lists, and strings full of brackets', () => {
    expect(() => parse('['.repeat(100) + ']'.repeat(100))).not.toThrow();
    expect(parse(`"${'[{'.repeat(1_000)}"`)).toBe('[{'.repeat(1_000));
  });

  it('keeps __proto__ a key like others', () => {
    const document = parse('{"__proto__":{"layers":[]}}');
    expect(Object.keys(document as object)).toEqual(['__proto__']);
    expect(document).not.toHaveProperty('layers');
  });

  it('reads all JSON as JSON.parse does, however it is written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('finds any repeated key', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
    fc.assert(
      fc.property(objects, fc.nat(), fc.jsonValue(), (object, at, value) => {
        const key = Object.keys(object)[at % Object.keys(object).length] ?? '';
        const repeated = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(key)}:${JSON.stringify(value)}}`;
        expect(() => parse(repeated)).toThrow(ManifestInvalidError);
      }),
    );
  });
});
