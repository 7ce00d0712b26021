import {
  basicOf,
  bearerOf,
  type Fake,
  type FakeReply,
  type FakeRequest,
  type FakeRight,
  type FakeUser,
  FakeTokens,
  numberedPage,
  startFake,
  unsignedJwt,
  userOf,
} from './fake.ts';
import { ociError, ociReply } from './fake-oci.ts';
import type { FakeRepository } from './fake-repository.ts';

interface Quay extends Fake {
  readonly tokens: FakeTokens<ReadonlyMap<string, readonly string[]>>;
}

const TOKEN_SECONDS = 3600;
const TAGS = /^\/api\/v1\/repository\/(.+)\/tag\/([^/]*)$/;
const REPOSITORIES_IN_A_PAGE = 100;

/** Quay: its API takes applications, whose username is `$oauthtoken`; robots log in at the registry alone. */
export function startFakeQuay(): Fake {
  const fake = startFake((request) => {
    if (request.path.startsWith('/api/v1/')) return apiReply(quay, request);
    if (request.path === '/v2/auth') return tokenReply(quay, request);
    return registryReply(quay, request);
  });
  const quay: Quay = Object.assign(fake, {
    tokens: new FakeTokens<ReadonlyMap<string, readonly string[]>>(fake.clock),
  });
  return quay;
}

export function throttledByQuay(until: Date): Response {
  return Response.json(
    { error: 'Too many requests.' },
    { status: 429, headers: { 'Retry-After': until.toUTCString() } },
  );
}

function apiReply(quay: Quay, request: FakeRequest): FakeReply {
  const { method, path, query } = request;
  const user = userOf(quay, bearerOf(request), '$oauthtoken');
  if (user === undefined) return failure(401, 'invalid_token', 'Invalid bearer token format or token');
  if (path === '/api/v1/repository') return repositoriesReply(quay, request, user);
  const [, name = '', tag = ''] = TAGS.exec(path) ?? [];
  const repository = quay.repositories.get(name);
  if (repository === undefined) return failure(404, 'not_found', 'Not Found');
  if (!repository.isPublic && !user.rights.has('list')) return failure(403, 'insufficient_scope', 'Unauthorized');
  if (tag === '') return tagsReply(repository, query);
  if (method !== 'DELETE') return undefined;
  if (!user.rights.has('delete')) return failure(403, 'insufficient_scope', 'Unauthorized');
  if (!repository.tags.delete(decodeURIComponent(tag))) return failure(404, 'not_found', 'Not Found');
  return new Response(null, { status: 204 });
}

function repositoriesReply(quay: Quay, { query }: FakeRequest, user: FakeUser): Response {
  const namespace = query.get('namespace') ?? '';
  const found = [...quay.repositories.values()].filter(
    ({ name, isPublic }) => name.startsWith(`${namespace}/`) && (isPublic || user.rights.has('list')),
  );
  const start = Number(query.get('next_page')?.replace('page-', '') ?? 0);
  const end = start + REPOSITORIES_IN_A_PAGE;
  const repositories = found.slice(start, end).map(({ name, isPublic }) => ({
    namespace,
    name: name.slice(namespace.length + 1),
    description: null,
    is_public: isPublic,
    kind: 'image',
    last_modified: 1_769_940_000,
  }));
  return Response.json({ repositories, ...(end < found.length && { next_page: `page-${end}` }) });
}

function tagsReply(repository: FakeRepository, query: URLSearchParams): Response {
  const [wanted, filter] = [query.get('specificTag'), query.get('filter_tag_name')?.replace(/^like:/, '')];
  const names = [...repository.tags.keys()].filter(
    (name) => (wanted === null || name === wanted) && (filter === undefined || name.includes(filter)),
  );
  const { items, page, isLast } = numberedPage(names, query, { sizeName: 'limit', usual: 50 });
  const tags = items.map((name) => {
    const manifest = repository.find(name);
    return {
      name,
      manifest_digest: manifest?.digest,
      is_manifest_list: (manifest?.children.length ?? 0) > 0,
      size: manifest?.bytes,
      start_ts: Math.floor((manifest?.pushedAt.getTime() ?? 0) / 1000),
      last_modified: manifest?.pushedAt.toUTCString(),
      reversion: false,
    };
  });
  return Response.json({ tags, page, has_additional: !isLast });
}

function tokenReply(quay: Quay, request: FakeRequest): Response {
  const basic = basicOf(request);
  const user = userOf(quay, basic?.secret, basic?.username);
  if (basic !== undefined && user === undefined) {
    return ociError(401, 'UNAUTHORIZED', 'Could not find robot with specified username, or its password is wrong');
  }
  const granted = new Map<string, readonly string[]>();
  for (const scope of request.query.getAll('scope')) {
    const [type, name = '', actions = ''] = scope.split(':');
    if (type !== 'repository') continue;
    const isPublic = quay.repositories.get(name)?.isPublic === true;
    const may = (action: string): boolean =>
      user?.rights.has(action as FakeRight) === true || (isPublic && action === 'pull');
    granted.set(name, actions.split(',').filter(may));
  }
  const access = [...granted].map(([name, actions]) => ({ type: 'repository', name, actions }));
  const exp = Math.floor(quay.clock.now() / 1000) + TOKEN_SECONDS;
  return Response.json({ token: quay.tokens.issue(granted, TOKEN_SECONDS, unsignedJwt({ exp, access })) });
}

function registryReply(quay: Quay, request: FakeRequest): FakeReply {
  const granted = quay.tokens.find(bearerOf(request));
  return ociReply(request, quay, {
    hasCatalog: true,
    refuse: (_, right, name) => {
      const mayDo = granted !== undefined && (name === undefined || granted.get(name)?.includes(right) === true);
      if (mayDo) return undefined;
      const challenge = `Bearer realm="${quay.url}/v2/auth",service="quay.io"`;
      return ociError(401, 'UNAUTHORIZED', 'access to the requested resource is not authorized', {
        'WWW-Authenticate': challenge,
      });
    },
    deletes: () => undefined,
  });
}

function failure(status: number, kind: string, message: string): Response {
  return Response.json({ status, error_message: message, error_type: kind, title: kind, detail: message }, { status });
}
