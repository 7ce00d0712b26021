import { parseRepositoryName, type RepositoryName } from './repository-name.ts';

/** What the path of a request means. Digests, tags and upload ids are text: which error a wrong one is depends on the verb. */
export type Route =
  | { readonly name: 'base' }
  | { readonly name: 'catalog' }
  | { readonly name: 'extensions' }
  | { readonly name: 'blob'; readonly repository: RepositoryName; readonly digest: string }
  | { readonly name: 'uploads'; readonly repository: RepositoryName }
  | { readonly name: 'upload'; readonly repository: RepositoryName; readonly uploadId: string }
  | { readonly name: 'manifest'; readonly repository: RepositoryName; readonly reference: string }
  | { readonly name: 'tags'; readonly repository: RepositoryName }
  | { readonly name: 'referrers'; readonly repository: RepositoryName; readonly digest: string };

export type RouteName = Route['name'];

/**
 * What the identity behind a request must be allowed to do. `identity`: be known, or be anonymous where something is
 * for everybody; `catalog`: list repositories; `nothing`: no question is asked.
 */
export type EndpointAction = 'pull' | 'push' | 'delete' | 'identity' | 'catalog' | 'nothing';

export interface Endpoint {
  /** As distribution-spec numbers it. Main's end-14 included; `ext-` where it has no number. */
  readonly id: string;
  readonly route: RouteName;
  readonly methods: readonly string[];
  readonly action: EndpointAction;
  /** For people: documentation and logs. */
  readonly shape: string;
}

const READ: readonly string[] = ['GET', 'HEAD'];

/** Routing, authorisation, metrics and `docs/api.md` all read this table. */
export const ENDPOINTS: readonly Endpoint[] = [
  { id: 'end-1', route: 'base', methods: READ, action: 'identity', shape: '/v2/' },
  { id: 'end-2', route: 'blob', methods: READ, action: 'pull', shape: '/v2/<name>/blobs/<digest>' },
  {
    id: 'end-3',
    route: 'manifest',
    methods: READ,
    action: 'pull',
    shape: '/v2/<name>/manifests/<tag or digest>',
  },
  {
    id: 'end-4',
    route: 'uploads',
    methods: ['POST'],
    action: 'push',
    shape: '/v2/<name>/blobs/uploads/',
  },
  {
    id: 'end-5',
    route: 'upload',
    methods: ['PATCH'],
    action: 'push',
    shape: '/v2/<name>/blobs/uploads/<id>',
  },
  {
    id: 'end-6',
    route: 'upload',
    methods: ['PUT'],
    action: 'push',
    shape: '/v2/<name>/blobs/uploads/<id>',
  },
  {
    id: 'end-7',
    route: 'manifest',
    methods: ['PUT'],
    action: 'push',
    shape: '/v2/<name>/manifests/<tag or digest>',
  },
  { id: 'end-8', route: 'tags', methods: READ, action: 'pull', shape: '/v2/<name>/tags/list' },
  {
    id: 'end-9',
    route: 'manifest',
    methods: ['DELETE'],
    action: 'delete',
    shape: '/v2/<name>/manifests/<tag or digest>',
  },
  {
    id: 'end-10',
    route: 'blob',
    methods: ['DELETE'],
    action: 'delete',
    shape: '/v2/<name>/blobs/<digest>',
  },
  {
    id: 'end-12',
    route: 'referrers',
    methods: READ,
    action: 'pull',
    shape: '/v2/<name>/referrers/<digest>',
  },
  {
    id: 'end-13',
    route: 'upload',
    methods: READ,
    action: 'push',
    shape: '/v2/<name>/blobs/uploads/<id>',
  },
  // Clients that cancel hold a token for pull and push only, hence not `delete`.
  {
    id: 'end-14',
    route: 'upload',
    methods: ['DELETE'],
    action: 'push',
    shape: '/v2/<name>/blobs/uploads/<id>',
  },
  { id: 'ext-catalog', route: 'catalog', methods: READ, action: 'catalog', shape: '/v2/_catalog' },
  {
    id: 'ext-discover',
    route: 'extensions',
    methods: READ,
    action: 'nothing',
    shape: '/v2/_oci/ext/discover',
  },
];

const ENDPOINT_BY_METHOD: Readonly<Record<RouteName, ReadonlyMap<string, Endpoint>>> = {
  base: byMethod('base'),
  catalog: byMethod('catalog'),
  extensions: byMethod('extensions'),
  blob: byMethod('blob'),
  uploads: byMethod('uploads'),
  upload: byMethod('upload'),
  manifest: byMethod('manifest'),
  tags: byMethod('tags'),
  referrers: byMethod('referrers'),
};

function byMethod(route: RouteName): ReadonlyMap<string, Endpoint> {
  const endpoints = ENDPOINTS.filter((endpoint) => endpoint.route === route);
  return new Map(endpoints.flatMap((endpoint) => endpoint.methods.map((method) => [method, endpoint] as const)));
}

/** `undefined`: the path exists, this method on it does not (405). */
export function findEndpoint(route: RouteName, method: string): Endpoint | undefined {
  return ENDPOINT_BY_METHOD[route].get(method);
}

/** For the `Allow` header of a 405. */
export function allowedMethods(route: RouteName): readonly string[] {
  return [...ENDPOINT_BY_METHOD[route].keys()];
}

/**
 * Reads the path of a request, without its query. Repository names have slashes and may hold the words `blobs` or
 * `manifests`, so the path is read from its right end.
 *
 * Percent-encoding is undone once, in the name and in the last part. An encoded slash therefore separates parts of a
 * name; in a tag, a digest or an upload id it is a character that none of them allows.
 *
 * @returns `undefined` when no endpoint looks like this (404).
 * @throws {NameInvalidError} an endpoint does, with a name outside the grammar.
 */
export function matchPath(path: string): Route | undefined {
  if (!path.startsWith('/v2')) return undefined;
  const lastSlash = path.lastIndexOf('/');
  const wordSlash = path.lastIndexOf('/', lastSlash - 1);
  // The shortest path with a name has it between two slashes: `/v2/a/manifests/b`.
  if (wordSlash <= V2.length || !path.startsWith(V2)) return matchFixedPath(path);

  const word = path.slice(wordSlash + 1, lastSlash);
  const last = path.slice(lastSlash + 1);
  switch (word) {
    case 'manifests':
      return last === ''
        ? undefined
        : { name: 'manifest', repository: nameUpTo(path, wordSlash), reference: decode(last) };
    case 'blobs':
      return matchBlob(path, wordSlash, last);
    case 'uploads':
      return matchUpload(path, wordSlash, last);
    case 'referrers':
      return last === ''
        ? undefined
        : { name: 'referrers', repository: nameUpTo(path, wordSlash), digest: decode(last) };
    case 'tags':
      return last === 'list' ? { name: 'tags', repository: nameUpTo(path, wordSlash) } : undefined;
    default:
      return matchFixedPath(path);
  }
}

const V2 = '/v2/';

function matchFixedPath(path: string): Route | undefined {
  switch (path) {
    case '/v2':
    case '/v2/':
      return { name: 'base' };
    case '/v2/_catalog':
      return { name: 'catalog' };
    case '/v2/_oci/ext/discover':
      return { name: 'extensions' };
    default:
      return undefined;
  }
}

/** `…/blobs/<digest>`, and `…/blobs/uploads`, which some clients write without its slash. */
function matchBlob(path: string, wordSlash: number, last: string): Route | undefined {
  if (last === '') return undefined;
  const repository = nameUpTo(path, wordSlash);
  return last === 'uploads' ? { name: 'uploads', repository } : { name: 'blob', repository, digest: decode(last) };
}

/** `…/blobs/uploads/` and `…/blobs/uploads/<id>`. */
function matchUpload(path: string, wordSlash: number, last: string): Route | undefined {
  const blobsSlash = wordSlash - '/blobs'.length;
  if (blobsSlash <= V2.length || !path.startsWith('/blobs', blobsSlash)) return undefined;
  const repository = nameUpTo(path, blobsSlash);
  return last === '' ? { name: 'uploads', repository } : { name: 'upload', repository, uploadId: decode(last) };
}

function nameUpTo(path: string, end: number): RepositoryName {
  return parseRepositoryName(decode(path.slice(V2.length, end)));
}

/** Text that is not percent-encoded UTF-8 stays as it is; no grammar allows a `%`. */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
