import { ghcrAt } from '../../src/providers/ghcr/provider.ts';
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
  userOf,
} from './fake.ts';
import { ociError, ociReply } from './fake-oci.ts';
import type { FakeManifest, FakeRepository } from './fake-repository.ts';

export interface FakeGhcr extends Fake {
  readonly provider: Provider;
  /** Owners that are organizations. */
  readonly organizations: Set<string>;
  /** By digest: a public version that was downloaded more than 5,000 times is not deleted. */
  readonly downloads: Map<string, number>;
  /** Whether tokens have to be authorized for single sign-on. */
  wantsSingleSignOn: boolean;
}

interface Grant {
  readonly user: FakeUser | undefined;
  readonly name: string;
}

const TOKEN_SECONDS = 300;
const MANY_DOWNLOADS = 5000;
const SCOPES: readonly (readonly [right: FakeRight, scope: string])[] = [
  ['pull', 'read:packages'],
  ['push', 'write:packages'],
  ['delete', 'delete:packages'],
];

/** GitHub's packages: its API under `/api`, the token service and the registry beside it. */
export function startFakeGhcr(): FakeGhcr {
  const fake = startFake((request) => {
    if (request.path.startsWith('/api/')) return apiReply(github, request, request.path.slice(4));
    if (request.path === '/token') return tokenReply(github, request);
    return registryReply(github, request);
  });
  const github: Github = Object.assign(fake, {
    provider: ghcrAt({ api: `${fake.url}/api`, registry: fake.url }),
    organizations: new Set<string>(),
    downloads: new Map<string, number>(),
    wantsSingleSignOn: false,
    tokens: new FakeTokens<Grant>(fake.clock),
  });
  return github;
}

interface Github extends FakeGhcr {
  readonly tokens: FakeTokens<Grant>;
}

/** GitHub's own way to say that too much was asked: a 403. */
export function throttledByGithub(until: Date): Response {
  const reset = String(Math.floor(until.getTime() / 1000));
  const headers = { 'X-RateLimit-Limit': '5000', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': reset };
  return Response.json({ message: 'API rate limit exceeded for user ID 1.' }, { status: 403, headers });
}

function apiReply(github: Github, request: FakeRequest, path: string): FakeReply {
  const user = userOf(github, bearerOf(request));
  if (user === undefined) return Response.json({ message: 'Bad credentials' }, { status: 401 });
  if (github.wantsSingleSignOn) {
    const headers = { 'X-GitHub-SSO': 'required; url=https://github.com/orgs/acme/sso' };
    return Response.json({ message: 'Resource protected by organization SAML enforcement.' }, { status: 403, headers });
  }
  if (path === '/user' && user.secret.startsWith('ghs_')) return refused('Resource not accessible by integration');
  if (path === '/user') return userReply(user);
  const [, root = '', owner = '', rest = ''] = /^\/(orgs|users)\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const isOrganization = github.organizations.has(owner);
  if (root === 'users' && rest === '')
    return Response.json({ login: owner, type: isOrganization ? 'Organization' : 'User' });
  if (isOrganization !== (root === 'orgs')) return undefined;
  if (!user.rights.has('pull')) return refused('You need at least read:packages scope.');
  if (rest === '/packages') {
    const found = [...github.repositories.values()].filter(({ name }) => name.startsWith(`${owner}/`));
    return listPage(
      request,
      found.map((one) => ({ id: 1, name: one.name.slice(owner.length + 1), ...packageOf(one) })),
    );
  }
  const [, escaped = '', inside = ''] = /^\/packages\/container\/([^/]+)(\/.*)?$/.exec(rest) ?? [];
  const repository = github.repositories.get(`${owner}/${decodeURIComponent(escaped)}`);
  if (repository === undefined) return undefined;
  return packageReply(github, request, { user, repository, inside });
}

function userReply({ username, rights, secretExpiresAt }: FakeUser): Response {
  const headers: Record<string, string> = {
    'X-OAuth-Scopes': SCOPES.filter(([right]) => rights.has(right))
      .map(([, scope]) => scope)
      .join(', '),
  };
  if (secretExpiresAt !== undefined) {
    const [day, time = ''] = secretExpiresAt.toISOString().split('T');
    headers['GitHub-Authentication-Token-Expiration'] = `${day} ${time.slice(0, 8)} UTC`;
  }
  return Response.json({ login: username, type: 'User' }, { headers });
}

function packageReply(
  github: Github,
  request: FakeRequest,
  { user, repository, inside }: { user: FakeUser; repository: FakeRepository; inside: string },
): FakeReply {
  const versions = [...repository.manifests.values()].toReversed();
  if (request.method === 'DELETE' && !user.rights.has('delete')) return refused('You need delete:packages scope.');
  if (inside === '' && request.method === 'DELETE') {
    github.repositories.delete(repository.name);
    return new Response(null, { status: 204 });
  }
  if (inside === '/versions')
    return listPage(
      request,
      versions.map((one) => versionResult(repository, one)),
    );
  const found = versions.find(({ id }) => inside === `/versions/${id}`);
  if (found === undefined) return undefined;
  if (request.method !== 'DELETE') return Response.json(versionResult(repository, found));
  const tagged = new Set(repository.tags.values());
  if (repository.isPublic && (github.downloads.get(found.digest) ?? 0) > MANY_DOWNLOADS) {
    return Response.json(
      { message: 'Publicly visible package versions with more than 5,000 downloads cannot be deleted.' },
      { status: 400 },
    );
  }
  if (versions.length === 1 || (tagged.size === 1 && tagged.has(found.digest))) {
    const message = 'You cannot delete the last tagged version of a package. You must delete the package instead.';
    return Response.json({ message }, { status: 400 });
  }
  repository.remove(found.digest);
  return new Response(null, { status: 204 });
}

function tokenReply(github: Github, request: FakeRequest): Response {
  const basic = basicOf(request);
  const user = userOf(github, basic?.secret);
  const denied = ociError(403, 'DENIED', 'denied');
  if (basic !== undefined && user === undefined) return denied;
  const [, name = ''] = (request.query.get('scope') ?? '').split(':');
  const isPublic = github.repositories.get(name)?.isPublic === true;
  if (name !== '' && !isPublic && user?.rights.has('pull') !== true) return denied;
  return Response.json({ token: github.tokens.issue({ user, name }, TOKEN_SECONDS) });
}

function registryReply(github: Github, request: FakeRequest): FakeReply {
  const grant = github.tokens.find(bearerOf(request));
  return ociReply(request, github, {
    refuse: (_, right, name) => {
      if (grant === undefined) {
        const challenge = `Bearer realm="${github.url}/token",service="ghcr.io",scope="repository:${name ?? 'user/image'}:pull"`;
        return ociError(401, 'UNAUTHORIZED', 'authentication required', { 'WWW-Authenticate': challenge });
      }
      const isPublic = name !== undefined && github.repositories.get(name)?.isPublic === true;
      if (name === undefined || (isPublic && right === 'pull')) return undefined;
      return grant.user?.rights.has(right) === true ? undefined : ociError(403, 'DENIED', 'permission_denied');
    },
  });
}

function refused(message: string): Response {
  return Response.json({ message }, { status: 403 });
}

function listPage({ path, query }: FakeRequest, all: readonly unknown[]): Response {
  const { items, page, size, isLast } = numberedPage(all, query, { sizeName: 'per_page', usual: 30 });
  const next = new URLSearchParams(query);
  next.set('page', String(page + 1));
  next.set('per_page', String(size));
  const link = `<https://api.github.com${path}?${next.toString()}>; rel="next"`;
  return Response.json(items, { headers: isLast ? {} : { Link: link } });
}

function packageOf({ isPublic }: FakeRepository): Readonly<Record<string, unknown>> {
  const visibility = isPublic ? 'public' : 'private';
  return { package_type: 'container', visibility, updated_at: '2026-02-01T10:00:00Z' };
}

function versionResult(repository: FakeRepository, { id, digest, pushedAt }: FakeManifest): unknown {
  return {
    id,
    name: digest,
    created_at: pushedAt.toISOString(),
    updated_at: pushedAt.toISOString(),
    metadata: { package_type: 'container', container: { tags: repository.tagsOf(digest) } },
  };
}
