import { gitlabAt } from '../../src/providers/gitlab/provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
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

export interface FakeGitlab extends Fake {
  readonly provider: Provider;
  /** Paths of projects: every repository is below one of them. Anything else is a group. */
  readonly projects: Set<string>;
  /** Tags that are protected. */
  readonly protectedTags: Set<string>;
  /** Where tokens are rotated: those of people, of a project, or of a group. Default: of people. */
  rotatesAt: string;
}

interface Gitlab extends FakeGitlab {
  readonly tokens: FakeTokens<ReadonlyMap<string, readonly string[]>>;
}

const TOKEN_SECONDS = 300;
const TAG = /^\/api\/v4\/projects\/\d+\/registry\/repositories\/(\d+)\/tags(?:\/([^/]+))?$/;
const LIST = /^\/api\/v4\/(projects|groups)\/([^/]+)\/registry\/repositories$/;

/** GitLab, with its API, token service and registry at one address. */
export function startFakeGitlab(): FakeGitlab {
  const fake = startFake((request) => {
    if (request.path.startsWith('/api/v4/')) return apiReply(gitlab, request);
    if (request.path === '/jwt/auth') return tokenReply(gitlab, request);
    return registryReply(gitlab, request);
  });
  const gitlab: Gitlab = Object.assign(fake, {
    provider: gitlabAt({ api: () => fake.url }),
    projects: new Set<string>(),
    protectedTags: new Set<string>(),
    rotatesAt: '/personal_access_tokens',
    tokens: new FakeTokens<ReadonlyMap<string, readonly string[]>>(fake.clock),
  });
  return gitlab;
}

export function throttledByGitlab(until: Date): Response {
  const reset = String(Math.floor(until.getTime() / 1000));
  const headers = { 'RateLimit-Limit': '2000', 'RateLimit-Remaining': '0', 'RateLimit-Reset': reset };
  return new Response('Retry later\n', { status: 429, headers });
}

function apiReply(gitlab: Gitlab, request: FakeRequest): FakeReply {
  const { method, path } = request;
  const user = userOf(gitlab, request.headers.get('PRIVATE-TOKEN') ?? undefined);
  if (user === undefined) return Response.json({ message: '401 Unauthorized' }, { status: 401 });
  if (path === '/api/v4/personal_access_tokens/self') return selfReply(user);
  if (method === 'POST' && path.endsWith('/self/rotate')) return rotationReply(gitlab, request, user);
  const [, project] = /^\/api\/v4\/projects\/([^/]+)$/.exec(path) ?? [];
  if (project !== undefined) {
    const name = decodeURIComponent(project);
    return gitlab.projects.has(name)
      ? Response.json({ id: projectId(gitlab, name), path_with_namespace: name })
      : undefined;
  }
  const [, kind, place = ''] = LIST.exec(path) ?? [];
  if (kind !== undefined) return repositoriesReply(gitlab, request, { kind, place: decodeURIComponent(place) });
  const [, id, tag] = TAG.exec(path) ?? [];
  const repository = [...gitlab.repositories.values()][Number(id) - 1];
  if (repository === undefined) return undefined;
  if (tag === undefined) return tagsReply(request, repository);
  const digest = repository.tags.get(decodeURIComponent(tag));
  if (digest === undefined) return Response.json({ message: '404 Tag Not Found' }, { status: 404 });
  if (method !== 'DELETE') return Response.json(tagResult(repository, tag));
  if (!user.rights.has('delete') || gitlab.protectedTags.has(tag)) {
    return Response.json({ message: '403 Forbidden - The container tag is protected' }, { status: 403 });
  }
  repository.tags.delete(tag);
  return new Response(null, { status: 200 });
}

/** The old token ends at that moment. */
function rotationReply(gitlab: Gitlab, { path, body }: FakeRequest, user: FakeUser): FakeReply {
  if (!path.startsWith(`/api/v4${gitlab.rotatesAt}/`)) return undefined;
  if (!user.rights.has('manage')) {
    return Response.json({ error: 'insufficient_scope', error_description: 'It needs self_rotate.' }, { status: 403 });
  }
  const { expires_at } = JSON.parse(body) as { readonly expires_at: string };
  const secret = `glpat-rotated-${gitlab.requests.length}`;
  for (const [key, known] of gitlab.users) {
    if (known === user) gitlab.users.set(key, { ...user, secret, secretExpiresAt: new Date(expires_at) });
  }
  return Response.json({ id: 2, active: true, revoked: false, expires_at, token: secret });
}

function selfReply({ username, rights, secretExpiresAt }: FakeUser): Response {
  const scopes = [
    ...(rights.has('pull') ? ['read_registry', 'read_api'] : ['read_user']),
    ...(rights.has('push') ? ['write_registry'] : []),
    ...(rights.has('delete') ? ['api'] : []),
  ];
  const expires_at = secretExpiresAt?.toISOString().slice(0, 10) ?? null;
  return Response.json({ id: 1, name: `token of ${username}`, active: true, revoked: false, scopes, expires_at });
}

function repositoriesReply(
  gitlab: Gitlab,
  request: FakeRequest,
  { kind, place }: { readonly kind: string; readonly place: string },
): FakeReply {
  if (kind === 'projects' && !gitlab.projects.has(place)) return undefined;
  const all = [...gitlab.repositories.values()].map((repository, position) => ({ repository, id: position + 1 }));
  const found = all.filter(({ repository: { name } }) => name === place || name.startsWith(`${place}/`));
  const results = found.map(({ repository, id }) => ({
    id,
    name: repository.name.split('/').slice(2).join('/'),
    path: repository.name,
    project_id: projectId(gitlab, projectOf(gitlab, repository.name)),
    tags_count: repository.tags.size,
  }));
  const { items, page, isLast } = numberedPage(results, request.query, { sizeName: 'per_page', usual: 20 });
  const next = new URLSearchParams(request.query);
  next.set('page', String(page + 1));
  const link = `<https://gitlab.com${request.path}?${next.toString()}>; rel="next"`;
  return Response.json(items, { headers: { 'X-Total': String(results.length), ...(!isLast && { Link: link }) } });
}

/** By key set, as gitlab.com does it: a page is named by what stood last on the one before. */
function tagsReply({ path, query }: FakeRequest, repository: FakeRepository): Response {
  const size = Math.min(100, Number(query.get('per_page') ?? 20));
  const last = query.get('last') ?? '';
  const left = [...repository.tags.keys()].toSorted().filter((name) => name > last);
  const page = left.slice(0, size);
  const next = new URLSearchParams({ per_page: String(size), pagination: 'keyset', last: page.at(-1) ?? '' });
  const link = `<https://gitlab.com${path}?${next.toString()}>; rel="next"`;
  const items = page.map((name) => ({ name, path: `${repository.name}:${name}`, location: `registry/${name}` }));
  return Response.json(items, { headers: left.length > size ? { Link: link } : {} });
}

function tagResult(repository: FakeRepository, name: string): unknown {
  const manifest = repository.find(name);
  return {
    name,
    path: `${repository.name}:${name}`,
    digest: manifest?.digest,
    revision: manifest?.digest.slice(7),
    short_revision: manifest?.digest.slice(7, 16),
    created_at: manifest?.pushedAt.toISOString(),
    total_size: manifest?.bytes,
  };
}

function projectOf({ projects }: FakeGitlab, name: string): string {
  return [...projects].find((project) => name === project || name.startsWith(`${project}/`)) ?? '';
}

function projectId({ projects }: FakeGitlab, project: string): number {
  return [...projects].indexOf(project) + 1;
}

function tokenReply(gitlab: Gitlab, request: FakeRequest): Response {
  const basic = basicOf(request);
  const user = userOf(gitlab, basic?.secret);
  if (basic !== undefined && user === undefined) return ociError(401, 'UNAUTHORIZED', 'HTTP Basic: Access denied.');
  const granted = new Map<string, readonly string[]>();
  for (const scope of request.query.getAll('scope')) {
    const [type, name = '', actions = ''] = scope.split(':');
    if (type !== 'repository') continue;
    const isPublic = gitlab.repositories.get(name)?.isPublic === true;
    const may = (action: string): boolean =>
      user?.rights.has(action as FakeRight) === true || (isPublic && action === 'pull');
    granted.set(name, actions.split(',').filter(may));
  }
  if (granted.size > 0 && [...granted.values()].every((actions) => actions.length === 0)) {
    return ociError(403, 'DENIED', 'access forbidden');
  }
  const access = [...granted].map(([name, actions]) => ({ type: 'repository', name, actions }));
  const exp = Math.floor(gitlab.clock.now() / 1000) + TOKEN_SECONDS;
  return Response.json({ token: gitlab.tokens.issue(granted, TOKEN_SECONDS, unsignedJwt({ exp, access })) });
}

function registryReply(gitlab: Gitlab, request: FakeRequest): FakeReply {
  const granted = gitlab.tokens.find(bearerOf(request));
  return ociReply(request, gitlab, {
    refuse: (_, right, name) => {
      const mayDo = granted !== undefined && (name === undefined || granted.get(name)?.includes(right) === true);
      if (mayDo) return undefined;
      const challenge = `Bearer realm="${gitlab.url}/jwt/auth",service="container_registry"`;
      return ociError(401, 'UNAUTHORIZED', 'authentication required', { 'WWW-Authenticate': challenge });
    },
  });
}
