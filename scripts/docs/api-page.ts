import { ENDPOINTS, type EndpointAction, type RouteName } from '../../src/oci/endpoints.ts';
import { code, page, table, writtenFrom } from './markdown.ts';

const NEEDS: Readonly<Record<EndpointAction, string>> = {
  nothing: 'nothing',
  identity: 'being known, or something granted to everybody',
  catalog: 'being known; it lists what one may pull',
  pull: '`pull` on the repository',
  push: '`push` on the repository',
  delete: '`delete` on the repository',
};

/** By route, and by method where the methods of a route do different things. */
const DOES: Readonly<Record<RouteName, string | Readonly<Record<string, string>>>> = {
  base: 'Says that this is a registry, and whether the credentials are good.',
  catalog: 'Lists repositories, a page at a time (`n`, `last`, `Link`).',
  extensions: 'Lists extensions of the protocol.',
  blob: {
    GET: 'Gives a blob, or parts of it (`Range`).',
    DELETE: 'Takes a blob out of a repository.',
  },
  uploads: {
    POST: 'Opens an upload session; with a body and `digest`, the whole upload; with `mount` and `from`, takes a blob from another repository.',
  },
  upload: {
    GET: 'Says how many bytes have arrived.',
    PATCH: 'Sends a chunk.',
    PUT: 'Ends the upload, with its last bytes if any, and names the `digest`.',
    DELETE: 'Cancels the upload.',
  },
  manifest: {
    GET: 'Gives a manifest as it was pushed.',
    PUT: 'Pushes a manifest and sets its tag; by digest, every `tag` of the query.',
    DELETE: 'Removes a tag, or a manifest with all its tags.',
  },
  tags: 'Lists tags, a page at a time (`n`, `last`, `Link`).',
  referrers: 'Lists the manifests whose `subject` is this one (`artifactType`).',
};

export function apiPage(): string {
  const rows = ENDPOINTS.map(({ id, methods, shape, action, route }) => [
    id,
    methods.map(code).join(' '),
    code(shape),
    NEEDS[action],
    doingOf(route, methods[0] ?? ''),
  ]);
  return page(
    writtenFrom('src/oci/endpoints.ts'),
    '# The registry API',
    'The OCI distribution specification 1.1.1, what its development version adds, and what Docker’s clients ask for besides. Numbers are the specification’s; `ext-` marks what has none.',
    table(['Number', 'Methods', 'Path', 'Needs', 'What it does'], rows),
    'A path outside this table is 404, a method outside it 405 with `Allow`. Errors are JSON: [errors.md](errors.md). Credentials are Basic or Bearer, on every path; `/token` gives bearer tokens (GET and POST).',
  );
}

function doingOf(route: RouteName, method: string): string {
  const does = DOES[route];
  const text = typeof does === 'string' ? does : does[method];
  if (text === undefined) throw new Error(`scripts/docs/api-page.ts does not say what ${method} of ${route} does`);
  return text;
}
