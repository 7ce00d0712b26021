import { matchPath, type Route } from '../oci/endpoints.ts';

/** Clients choose the paths, so there is an end to it; a node pulls fewer different ones than this in a minute. */
const MOST_REMEMBERED = 4096;
/** A repository name and a sha512 digest; longer paths are rare, and not worth their memory. */
const LONGEST_REMEMBERED = 512;

/** Reads paths, and remembers what it read: the same few are asked for again and again. */
export function rememberedRoutes(): (path: string) => Route | undefined {
  const routesByPath = new Map<string, Route>();
  return (path) => {
    const known = routesByPath.get(path);
    if (known !== undefined) return known;
    const route = matchPath(path);
    // Sessions are asked for a few times each, by paths that never come again.
    if (route === undefined || route.name === 'upload' || path.length > LONGEST_REMEMBERED) return route;
    if (routesByPath.size >= MOST_REMEMBERED) routesByPath.clear();
    routesByPath.set(path, route);
    return route;
  };
}
