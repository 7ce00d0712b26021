import { describe, expect, it } from 'bun:test';
import { matchPath } from '../oci/endpoints.ts';
import { NameInvalidError } from '../oci/errors.ts';
import { rememberedRoutes } from './remembered-routes.ts';

describe('a path that was read before', () => {
  const paths = ['/v2/', '/v2/a/b/manifests/v1', '/v2/a/tags/list', '/v2/a/blobs/uploads/x', '/v2/a%2Fb/manifests/v1'];
  for (const path of paths) {
    it(`means the same again: ${path}`, () => {
      const routeOf = rememberedRoutes();
      expect(routeOf(path)).toEqual(matchPath(path));
      expect(routeOf(path)).toEqual(matchPath(path));
    });
  }

  it('is refused again when its name is none', () => {
    const routeOf = rememberedRoutes();
    for (const _time of ['first', 'second']) expect(() => routeOf('/v2/A/manifests/v1')).toThrow(NameInvalidError);
  });

  it('means the same after any number of others', () => {
    const routeOf = rememberedRoutes();
    for (let index = 0; index < 10_000; index++) {
      expect(routeOf(`/v2/a/manifests/v${index}`)).toEqual(matchPath(`/v2/a/manifests/v${index}`));
    }
    expect(routeOf('/v2/a/manifests/v0')).toEqual(matchPath('/v2/a/manifests/v0'));
  });
});
