import { describe, expect, it } from 'bun:test';
import { parseDescriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { ManifestInvalidError } from './errors.ts';

const digest = digestOf(Buffer.from('{}'));
const plain = { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: 2 };

describe('parseDescriptor', () => {
  it('keeps what the registry uses, and nothing it does not know', () => {
    const platform = { architecture: 'arm64', os: 'linux', variant: 'v8', 'os.version': '1' };
    const whole = { ...plain, urls: ['https://x/y'], annotations: { a: 'b' }, artifactType: 'a/b', platform };
    const read = parseDescriptor({ ...whole, data: 'e30=', custom: [1], platform: { ...platform, x: 1 } }, 'config');
    expect(read).toEqual(whole);
  });

  it('takes null and empty types for absent', () => {
    const nulls = { urls: null, annotations: null, artifactType: '', platform: null, data: null };
    expect(parseDescriptor({ ...plain, ...nulls }, 'config')).toEqual(plain);
  });

  it('takes any media type, content of 0 bytes, and a platform of which little is known', () => {
    expect(parseDescriptor({ ...plain, mediaType: 'text/x; a=b', size: 0 }, 'x')).toMatchObject({ size: 0 });
    expect(parseDescriptor({ ...plain, platform: {} }, 'x').platform).toEqual({ architecture: '', os: '' });
  });

  const refused = [
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a text', digest],
    ['no media type', { ...plain, mediaType: undefined }],
    ['an empty media type', { ...plain, mediaType: '' }],
    ['a media type that is a list', { ...plain, mediaType: ['a/b'] }],
    ['a media type with NUL', { ...plain, mediaType: 'a/b\0' }],
    ['a media type with a newline', { ...plain, mediaType: 'a/b\n' }],
    ['a media type with half a surrogate pair', { ...plain, mediaType: 'a/\ud800' }],
    ['a media type without end', { ...plain, mediaType: 'a'.repeat(256) }],
    ['no digest', { ...plain, digest: undefined }],
    ['a digest in upper case', { ...plain, digest: digest.toUpperCase() }],
    ['a digest that is a number', { ...plain, digest: 1 }],
    ['a digest we cannot compute', { ...plain, digest: `blake3:${'0'.repeat(64)}` }],
    ['no size', { ...plain, size: undefined }],
    ['a negative size', { ...plain, size: -1 }],
    ['a fraction of a byte', { ...plain, size: 1.5 }],
    ['a size that is a text', { ...plain, size: '2' }],
    ['a size beyond exact numbers', { ...plain, size: 2 ** 53 }],
    ['an endless size', { ...plain, size: Infinity }],
    ['urls that are a text', { ...plain, urls: 'https://x' }],
    ['urls that are not texts', { ...plain, urls: [1] }],
    ['annotations that are a list', { ...plain, annotations: [] }],
    ['annotations that are not texts', { ...plain, annotations: { a: 1 } }],
    ['a platform that is a text', { ...plain, platform: 'linux' }],
    ['a platform of numbers', { ...plain, platform: { os: 1 } }],
    ['a second digest for readers that ignore case', { ...plain, Digest: digest }],
    ['a size written with the long s', { ...plain, ſize: 2 }],
  ] as const;
  for (const [name, value] of refused) {
    it(`refuses ${name}, and says where`, () => {
      expect(() => parseDescriptor(value, 'layers[3]')).toThrow(ManifestInvalidError);
      expect(() => parseDescriptor(value, 'layers[3]')).toThrow('layers[3]');
    });
  }
});
