import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { allowedMethods, ENDPOINTS, findEndpoint, matchPath, type Route } from './endpoints.ts';
import { NameInvalidError } from './errors.ts';

const digest = `sha256:${'0'.repeat(64)}`;

describe('matchPath', () => {
  const cases = [
    ['/v2/', { name: 'base' }],
    ['/v2', { name: 'base' }],
    ['/v2/_catalog', { name: 'catalog' }],
    ['/v2/_oci/ext/discover', { name: 'extensions' }],
    [`/v2/a/blobs/${digest}`, { name: 'blob', repository: 'a', digest }],
    ['/v2/a/b/c/manifests/latest', { name: 'manifest', repository: 'a/b/c', reference: 'latest' }],
    [`/v2/a/manifests/${digest}`, { name: 'manifest', repository: 'a', reference: digest }],
    ['/v2/a/manifests/Tag', { name: 'manifest', repository: 'a', reference: 'Tag' }],
    ['/v2/a/tags/list', { name: 'tags', repository: 'a' }],
    [`/v2/a/referrers/${digest}`, { name: 'referrers', repository: 'a', digest }],
    ['/v2/a/blobs/uploads/', { name: 'uploads', repository: 'a' }],
    ['/v2/a/blobs/uploads', { name: 'uploads', repository: 'a' }],
    ['/v2/a/blobs/uploads/x', { name: 'upload', repository: 'a', uploadId: 'x' }],
    ['/v2/a/blobs/baddigest', { name: 'blob', repository: 'a', digest: 'baddigest' }],
    // The words of the protocol may be parts of a name.
    ['/v2/a/blobs/b/manifests/x', { name: 'manifest', repository: 'a/blobs/b', reference: 'x' }],
    ['/v2/a/blobs/uploads/manifests/x', { name: 'manifest', repository: 'a/blobs/uploads', reference: 'x' }],
    ['/v2/a/manifests/b/blobs/uploads/', { name: 'uploads', repository: 'a/manifests/b' }],
    ['/v2/manifests/manifests/manifests', { name: 'manifest', repository: 'manifests', reference: 'manifests' }],
    ['/v2/tags/list/tags/list', { name: 'tags', repository: 'tags/list' }],
    ['/v2/blobs/uploads/blobs/uploads/x', { name: 'upload', repository: 'blobs/uploads', uploadId: 'x' }],
    // Percent-encoding.
    ['/v2/a%2Fb/manifests/x', { name: 'manifest', repository: 'a/b', reference: 'x' }],
    ['/v2/a%2fb/tags/list', { name: 'tags', repository: 'a/b' }],
    [`/v2/a/blobs/sha256%3A${'0'.repeat(64)}`, { name: 'blob', repository: 'a', digest }],
    ['/v2/a/manifests/%6Catest', { name: 'manifest', repository: 'a', reference: 'latest' }],
    ['/v2/a/manifests/b%2Fc', { name: 'manifest', repository: 'a', reference: 'b/c' }],
    ['/v2/a/manifests/b%252Fc', { name: 'manifest', repository: 'a', reference: 'b%2Fc' }],
    ['/v2/a/manifests/%zz', { name: 'manifest', repository: 'a', reference: '%zz' }],
    ['/v2/a/manifests/%ff', { name: 'manifest', repository: 'a', reference: '%ff' }],
    ['/v2/a/manifests/..', { name: 'manifest', repository: 'a', reference: '..' }],
    ['/v2/a/blobs/uploads/%2e%2e', { name: 'upload', repository: 'a', uploadId: '..' }],
  ] as const;
  for (const [path, route] of cases) it(`reads ${path}`, () => expect<unknown>(matchPath(path)).toEqual(route));

  const unknown = [
    '',
    '/',
    '/v1/',
    '/v2x',
    '/v22/a/tags/list',
    'v2/a/tags/list',
    '//v2/a/tags/list',
    '/V2/a/tags/list',
    '/v2//',
    '/v2/a',
    '/v2/a/b',
    '/v2/a/manifests/',
    '/v2/a/manifests',
    '/v2/manifests/x',
    '/v2//manifests/x',
    '/v2/a/manifests//x',
    '/v2/a/manifests/x/',
    '/v2/a/blobs/',
    '/v2/a/uploads/x',
    '/v2/blobs/uploads/x',
    '/v2/a/blobs/uploads//',
    '/v2/a/blobs/uploads/x/',
    '/v2/a/tags/other',
    '/v2/a/tags/list/',
    '/v2/a/tags/LIST',
    '/v2/a/referrers/',
    '/v2/_catalog/',
    '/v2/_oci/ext/discover/',
    '/v2/a%2Fmanifests%2Fx',
    '/v2%2Fa/manifests/x',
    '/v2/a/Manifests/x',
  ];
  for (const path of unknown) it(`knows no ${path || 'empty path'}`, () => expect(matchPath(path)).toBeUndefined());

  const wrongNames = [
    '/v2/A/tags/list',
    '/v2/../a/tags/list',
    '/v2/a/../b/tags/list',
    '/v2/a/%2e%2e/b/tags/list',
    '/v2/a%2F..%2Fb/tags/list',
    '/v2/a%252Fb/tags/list',
    '/v2//a/tags/list',
    '/v2/a//tags/list',
    '/v2/a%2F/tags/list',
    '/v2/a%00/tags/list',
    '/v2/a%5Cb/tags/list',
    '/v2/a%/tags/list',
    '/v2/a%C3%A9/tags/list',
    '/v2/a%ED%A0%80/tags/list',
    '/v2/_catalog/tags/list',
    `/v2/${'a'.repeat(256)}/tags/list`,
    `/v2/${'a/'.repeat(100_000)}a/tags/list`,
  ];
  for (const path of wrongNames) {
    it(`refuses the name of ${path.slice(0, 40)}`, () => expect(() => matchPath(path)).toThrow(NameInvalidError));
  }
});

const part = fc.oneof(
  fc.constantFrom('blobs', 'uploads', 'manifests', 'tags', 'list', 'referrers', 'v2'),
  fc.stringMatching(/^[a-z0-9]{1,3}((\.|_|__|-)[a-z0-9]{1,3}){0,2}$/),
);
const repositories = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const lastParts = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('list', 'x', digest));

describe('matchPath, of any path made of a name and a last part', () => {
  it('finds both again', () => {
    fc.assert(
      fc.property(repositories, lastParts, (repository, last) => {
        const encoded = encodeURIComponent(last);
        const found = (path: string): unknown => matchPath(`/v2/${path}`);
        expect(found(`${repository}/manifests/${encoded}`)).toEqual({ name: 'manifest', repository, reference: last });
        expect(found(`${repository}/referrers/${encoded}`)).toEqual({ name: 'referrers', repository, digest: last });
        const uploadId = last;
        expect(found(`${repository}/blobs/uploads/${encoded}`)).toEqual({ name: 'upload', repository, uploadId });
        expect(found(`${repository}/blobs/uploads/`)).toEqual({ name: 'uploads', repository });
        expect(found(`${encodeURIComponent(repository)}/tags/list`)).toEqual({ name: 'tags', repository });
      }),
    );
  });
});

describe('matchPath, of anything', () => {
  const words = ['', 'v2', 'a', 'A', '..', 'blobs', 'uploads', 'manifests', 'tags', 'list', 'referrers', '_catalog'];
  const paths = fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((parts) => `/v2/${parts.join('/')}`),
    fc.string({ unit: 'binary' }).map((text) => `/v2/${text}`),
    fc.string({ unit: fc.constantFrom('/', '%2F', '%', '2', 'F', 'a', '.', 'blobs', 'manifests', '/v2/') }),
  );

  it('agrees with the grammar of the specification', () => {
    const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
    const below = (tail: string): RegExp => new RegExp(`^/v2/${PART}(?:/${PART})*/${tail}$`);
    const grammar: Readonly<Record<Exclude<Route['name'], 'base' | 'catalog' | 'extensions'>, RegExp>> = {
      upload: below('blobs/uploads/[^/]+'),
      uploads: below('blobs/uploads/?'),
      blob: below('blobs/(?!uploads$)[^/]+'),
      manifest: below('manifests/[^/]+'),
      tags: below('tags/list'),
      referrers: below('referrers/[^/]+'),
    };
    const literal = paths.filter((path) => !path.includes('%'));
    fc.assert(
      fc.property(literal, (path) => {
        const expected = Object.entries(grammar).find(([, pattern]) => pattern.test(path))?.[0];
        const found = nameOf(path);
        if (found === 'base' || found === 'catalog' || found === 'extensions') expect(expected).toBeUndefined();
        else expect(found).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('throws nothing but a wrong name', () => {
    fc.assert(fc.property(paths, (path) => void nameOf(path)));
  });

  function nameOf(path: string): string | undefined {
    try {
      return matchPath(path)?.name;
    } catch (error) {
      expect(error).toBeInstanceOf(NameInvalidError);
      return undefined;
    }
  }
});

describe('the endpoints', () => {
  it('have one answer for each path and method', () => {
    const keys = ENDPOINTS.flatMap(({ route, methods }) => methods.map((method) => `${method} ${route}`));
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(ENDPOINTS.map(({ id }) => id)).size).toBe(ENDPOINTS.length);
  });

  it('have the shape that matchPath reads', () => {
    for (const { route, shape } of ENDPOINTS) {
      expect<string | undefined>(matchPath(shape.replace('<name>', 'a').replace(/<[^>]+>/, 'x'))?.name).toBe(route);
    }
  });

  it('let whoever may push look at an upload and cancel it', () => {
    for (const method of ['GET', 'HEAD', 'PATCH', 'PUT', 'DELETE']) {
      expect(findEndpoint('upload', method)?.action).toBe('push');
    }
  });

  it('ask for delete to delete, and for pull to read', () => {
    expect(findEndpoint('manifest', 'DELETE')?.action).toBe('delete');
    expect(findEndpoint('blob', 'DELETE')?.action).toBe('delete');
    for (const route of ['blob', 'manifest', 'tags', 'referrers'] as const) {
      expect(findEndpoint(route, 'GET')?.action).toBe('pull');
      expect(findEndpoint(route, 'HEAD')?.action).toBe('pull');
    }
  });

  it('know no other method', () => {
    expect(findEndpoint('blob', 'PUT')).toBeUndefined();
    expect(findEndpoint('manifest', 'constructor')).toBeUndefined();
    expect(findEndpoint('tags', 'get')).toBeUndefined();
    expect(allowedMethods('manifest')).toEqual(['GET', 'HEAD', 'PUT', 'DELETE']);
  });
});
