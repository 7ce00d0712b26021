import { describe, expect, it } from 'bun:test';
import { readImageConfig } from './image-config.ts';

function read(document: unknown): ReturnType<typeof readImageConfig> {
  return readImageConfig(new TextEncoder().encode(typeof document === 'string' ? document : JSON.stringify(document)));
}

describe('the config of an image', () => {
  it('says when it was built, for what, and its labels', () => {
    const document = {
      created: '2026-11-20T10:00:00.123456789Z',
      architecture: 'arm64',
      os: 'linux',
      variant: 'v8',
      config: { Labels: { 'quay.expires-after': '2d', maintainer: 'ada' } },
    };
    expect(read(document)).toEqual({
      createdAt: new Date('2026-11-20T10:00:00.123Z'),
      platform: 'linux/arm64/v8',
      labels: { 'quay.expires-after': '2d', maintainer: 'ada' },
    });
  });

  const empty = { createdAt: undefined, platform: undefined, labels: undefined };
  const odd = [
    ['nothing', {}, empty],
    ['a time that is none', { created: 'yesterday' }, empty],
    ['a platform with a slash', { os: 'linux/x', architecture: 'amd64' }, empty],
    ['half a platform', { os: 'linux' }, empty],
    ['labels that are no texts', { config: { Labels: { a: 1, b: null } } }, empty],
    ['a list for labels', { config: { Labels: ['a'] } }, empty],
    ['no config', { config: null }, empty],
  ] as const;
  for (const [what, document, expected] of odd) {
    it(`with ${what} is read as far as it goes`, () => expect(read(document)).toEqual(expected));
  }

  for (const text of ['', '[]', 'null', '{', '"x"']) {
    it(`says nothing as ${JSON.stringify(text)}`, () => expect(read(text)).toBeUndefined());
  }

  it('has room for so many labels, those that we act on first', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, number) => [`label-${number}`, 'x']));
    const Labels = { ...many, long: 'x'.repeat(513), zero: 'a\0b', 'quay.expires-after': '1h' };
    const labels = read({ config: { Labels } })?.labels ?? {};
    expect(Object.keys(labels)).toHaveLength(100);
    expect(labels).toMatchObject({ 'quay.expires-after': '1h', 'label-0': 'x' });
    expect(labels['long']).toBeUndefined();
    expect(labels['zero']).toBeUndefined();
  });
});
