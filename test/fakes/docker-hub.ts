import { dockerHubAt } from '../../src/providers/docker-hub/provider.ts';
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
import type { FakeManifest, FakeRepository } from './fake-repository.ts';

export interface FakeDockerHub extends Fake {
  readonly provider: Provider;
  /** Pulls left in six hours; `undefined`: as many as anybody wants. */
  pullsLeft: number | undefined;
  /** Its API answers no more than so many requests before it says 429. */
  requestsLeft: number;
  /** Deleting manifests answers 500, and is done all the same. */
  deletesInBackground: boolean;
  /** Access tokens made by its API, by their number. */
  readonly accessTokens: Map<string, string>;
}

interface Grant {
  readonly user: FakeUser | undefined;
  readonly scopes: ReadonlyMap<string, readonly string[]>;
}

const LIFE_SECONDS = 300;

/** Docker Hub: its API under `/hub`, its token service under `/auth`, and its registry. */
export function startFakeDockerHub(): FakeDockerHub {
  const fake = startFake((request) => {
    if (request.path.startsWith('/hub/')) return hubReply(hub, request, { ...request, path: request.path.slice(4) });
    if (request.path === '/auth/token') return tokenReply(hub, request);
    return registryReply(hub, request);
  });
  const state = {
    provider: dockerHubAt({ api: `${fake.url}/hub`, registry: fake.url, auth: `${fake.url}/auth` }),
    pullsLeft: 200 as number | undefined,
    requestsLeft: Number.POSITIVE_INFINITY,
    deletesInBackground: false,
    accessTokens: new Map<string, string>(),
  };
  const hub: Hub = Object.assign(fake, state, {
    logins: new FakeTokens<FakeUser>(fake.clock),
    tokens: new FakeTokens<Grant>(fake.clock),
  });
  return hub;
}

interface Hub extends FakeDockerHub {
  readonly logins: FakeTokens<FakeUser>;
  readonly tokens: FakeTokens<Grant>;
}

function hubReply(hub: Hub, asked: FakeRequest, request: FakeRequest): FakeReply {
  const { method, path } = request;
  hub.requestsLeft -= 1;
  if (hub.requestsLeft < 0) return throttledByHub(new Date(hub.clock.now() + 60_000));
  if (path === '/v2/auth/token' && method === 'POST') return loginReply(hub, request);
  const bearer = bearerOf(request);
  const user = hub.logins.find(bearer);
  if (bearer !== undefined && user === undefined) return detail(401, 'Invalid token');
  if (path.startsWith('/v2/access-tokens')) return accessTokenReply(hub, request, user);
  const [, namespace] = /^\/v2\/namespaces\/([^/]+)\/repositories$/.exec(path) ?? [];
  if (namespace !== undefined) {
    const found = [...hub.repositories.values()].filter(
      (repository) => repository.name.startsWith(`${namespace}/`) && maySee(user, repository),
    );
    return resultsPage(asked, found.map(repositoryResult));
  }
  const [, owner, short, tag] = (method === 'DELETE' ? OLD_TAG : TAGS).exec(path) ?? [];
  const name = `${owner}/${short}`;
  const repository = hub.repositories.get(name);
  if (repository === undefined || !maySee(user, repository)) return detail(404, 'object not found');
  if (tag === undefined)
    return resultsPage(
      asked,
      [...repository.tags.keys()].map((one) => tagResult(repository, one)),
    );
  if (!repository.tags.has(tag)) return detail(404, `tag '${tag}' not found`);
  if (method !== 'DELETE') return Response.json(tagResult(repository, tag));
  if (user?.rights.has('delete') !== true) return detail(403, 'access denied');
  repository.tags.delete(tag);
  return new Response(null, { status: 204 });
}

const TAGS = /^\/v2\/namespaces\/([^/]+)\/repositories\/([^/]+)\/tags(?:\/([^/]+))?$/;
const OLD_TAG = /^\/v2\/repositories\/([^/]+)\/([^/]+)\/tags\/([^/]+)\/$/;

function loginReply(hub: Hub, request: FakeRequest): Response {
  const { identifier, secret } = JSON.parse(request.body) as { identifier?: string; secret?: string };
  const user = userOf(hub, secret, identifier);
  if (user === undefined) return detail(401, 'Incorrect authentication credentials');
  const exp = Math.floor(hub.clock.now() / 1000) + LIFE_SECONDS;
  const jwt = unsignedJwt({ exp, 'https://hub.docker.com': { username: user.username } });
  return Response.json({ access_token: hub.logins.issue(user, LIFE_SECONDS, jwt) });
}

function accessTokenReply(hub: Hub, { method, path, body }: FakeRequest, user: FakeUser | undefined): FakeReply {
  if (user?.rights.has('manage') !== true || user.secret.startsWith('dckr_')) return detail(403, 'access denied');
  if (method === 'POST') {
    const { token_label, expires_at } = JSON.parse(body) as { token_label: string; expires_at?: string };
    const [uuid, token] = [crypto.randomUUID(), `dckr_pat_${crypto.randomUUID()}`];
    hub.accessTokens.set(uuid, token);
    hub.users.set(token, { ...user, secret: token });
    return Response.json({ uuid, token, token_label, expires_at, is_active: true }, { status: 201 });
  }
  const uuid = path.split('/').at(-1) ?? '';
  const token = hub.accessTokens.get(uuid);
  if (method !== 'DELETE' || token === undefined) return undefined;
  hub.accessTokens.delete(uuid);
  hub.users.delete(token);
  return new Response(null, { status: 204 });
}

function tokenReply(hub: Hub, request: FakeRequest): Response {
  const basic = basicOf(request);
  const user = basic === undefined ? undefined : userOf(hub, basic.secret, basic.username);
  if (basic !== undefined && user === undefined) {
    return Response.json({ details: 'incorrect username or password' }, { status: 401 });
  }
  const scopes = new Map<string, readonly string[]>();
  for (const scope of request.query.getAll('scope').flatMap((text) => text.split(' '))) {
    const [, name = '', actions = ''] = scope.split(':');
    scopes.set(
      name,
      actions.split(',').filter((action) => mayDo(hub, { user, name, action: action as FakeRight })),
    );
  }
  const access = [...scopes].map(([name, actions]) => ({ type: 'repository', name, actions }));
  const exp = Math.floor(hub.clock.now() / 1000) + LIFE_SECONDS;
  const token = hub.tokens.issue({ user, scopes }, LIFE_SECONDS, unsignedJwt({ exp, access }));
  return Response.json({ token, access_token: token, expires_in: LIFE_SECONDS });
}

function registryReply(hub: Hub, request: FakeRequest): FakeReply {
  const token = hub.tokens.find(bearerOf(request));
  const challenge = `Bearer realm="${hub.url}/auth/token",service="registry.docker.io"`;
  const limits = hub.pullsLeft === undefined ? undefined : `${hub.pullsLeft};w=21600`;
  if (request.path === '/v2/ratelimitpreview/test/manifests/latest') {
    if (token === undefined)
      return ociError(401, 'UNAUTHORIZED', 'authentication required', { 'WWW-Authenticate': challenge });
    const headers: Record<string, string> =
      limits === undefined ? {} : { 'RateLimit-Limit': '200;w=21600', 'RateLimit-Remaining': limits };
    return new Response(null, { headers });
  }
  return ociReply(request, hub, {
    refuse: (_, right, name) => {
      if (token === undefined) {
        return ociError(401, 'UNAUTHORIZED', 'authentication required', { 'WWW-Authenticate': challenge });
      }
      if (name !== undefined && token.scopes.get(name)?.includes(right) !== true) {
        return ociError(401, 'UNAUTHORIZED', 'authentication required', { 'WWW-Authenticate': challenge });
      }
      if (request.method === 'GET' && request.path.includes('/manifests/') && hub.pullsLeft !== undefined) {
        if (hub.pullsLeft === 0) return ociError(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.');
        hub.pullsLeft -= 1;
      }
      return undefined;
    },
    deletes: (repository, digest) => {
      if (repository.tagsOf(digest).length > 0 || repository.parentsOf(digest).length > 0) {
        return ociError(403, 'DENIED', 'manifest is referenced by a tag or an index');
      }
      if (!hub.deletesInBackground) return undefined;
      repository.remove(digest);
      return ociError(500, 'UNKNOWN', 'the deletion continues in the background');
    },
    ...(limits === undefined ? {} : { manifestHeaders: () => ({ 'RateLimit-Remaining': limits }) }),
  });
}

/** `X-Retry-After` is a moment, not a span. */
export function throttledByHub(until: Date): Response {
  const seconds = String(Math.floor(until.getTime() / 1000));
  const headers = { 'X-RateLimit-Limit': '180', 'X-RateLimit-Remaining': '0', 'X-Retry-After': seconds };
  return Response.json({ detail: 'Rate limit exceeded', error: false }, { status: 429, headers });
}

function maySee(user: FakeUser | undefined, { isPublic }: FakeRepository): boolean {
  return isPublic || user?.rights.has('list') === true;
}

function mayDo(
  hub: Hub,
  { user, name, action }: { user: FakeUser | undefined; name: string; action: FakeRight },
): boolean {
  if (name === 'ratelimitpreview/test') return action === 'pull';
  if (user?.rights.has(action) === true) return true;
  return action === 'pull' && hub.repositories.get(name)?.isPublic === true;
}

function detail(status: number, text: string): Response {
  return Response.json({ detail: text, message: text }, { status });
}

function resultsPage({ path, query }: FakeRequest, all: readonly unknown[]): Response {
  const { items, page, size, isLast } = numberedPage(all, query);
  const link = (number: number): string => `https://hub.docker.com${path}?page=${number}&page_size=${size}`;
  return Response.json({
    count: all.length,
    next: isLast ? null : link(page + 1),
    previous: page === 1 ? null : link(page - 1),
    results: items,
  });
}

function repositoryResult({ name, isPublic }: FakeRepository): unknown {
  const [namespace, short] = name.split('/');
  return {
    name: short,
    namespace,
    repository_type: 'image',
    is_private: !isPublic,
    description: '',
    last_updated: '2026-02-01T10:00:00Z',
    storage_size: 1234,
  };
}

function tagResult(repository: FakeRepository, name: string): unknown {
  const manifest = repository.find(name);
  if (manifest === undefined) return undefined;
  const parts = manifest.children.length === 0 ? [manifest] : manifest.children.map((child) => repository.find(child));
  return {
    name,
    full_size: manifest.bytes,
    last_updated: manifest.pushedAt.toISOString(),
    last_updater_username: 'acme',
    tag_last_pushed: manifest.pushedAt.toISOString(),
    tag_last_pulled: manifest.pulledAt?.toISOString() ?? null,
    tag_status: 'active',
    digest: manifest.digest,
    media_type: manifest.mediaType,
    images: parts.filter((part): part is FakeManifest => part !== undefined).map(imageResult),
  };
}

function imageResult({ platform = '', digest, bytes, pushedAt }: FakeManifest): unknown {
  const [os, architecture, variant = null] = platform.split('/');
  return { architecture, os, variant, digest, size: bytes, status: 'active', last_pulled: null, last_pushed: pushedAt };
}
