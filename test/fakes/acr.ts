import {
  basicOf,
  bearerOf,
  type Fake,
  type FakeReply,
  type FakeRequest,
  type FakeRight,
  type FakeUser,
  startFake,
  unsignedJwt,
  userOf,
} from './fake.ts';
import { AZURE_REGISTRY, type AzureManagement, managementReply } from './azure-management.ts';
import { ociError, ociReply } from './fake-oci.ts';
import type { FakeRepository } from './fake-repository.ts';

export interface FakeAcr extends Fake {
  /** `repository:tag` and `repository@digest` that are locked. */
  readonly locked: Set<string>;
  /** Entra ID's answer to every login, by its error code; `undefined`: as usual. */
  entraErrorCode: number | undefined;
  readonly management: AzureManagement;
}

const IDENTITY_USERNAME = '00000000-0000-0000-0000-000000000000';
export const ACR_HOST = 'harbour.azurecr.io';
export const ACR_TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
export const ACR_ACCESS_SECONDS = 4500;
export const ACR_REFRESH_SECONDS = 3 * 3600;

interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A registry of Azure's, with its token service, and Entra ID beside it. */
export function startFakeAcr(): FakeAcr {
  const entra = new Map<string, FakeUser>();
  const managers = new Map<string, FakeUser>();
  const refresh = new Map<string, { readonly user: FakeUser; readonly endsAt: number }>();
  const access = new Map<string, { readonly grants: readonly Grant[]; readonly endsAt: number }>();

  function answer(request: FakeRequest): FakeReply {
    const { path } = request;
    if (path === `/${ACR_TENANT}/oauth2/v2.0/token`) return entraReply(request);
    if (path.startsWith('/subscriptions/')) return managementReply(request, fake, (bearer) => managers.get(bearer));
    if (path === '/oauth2/exchange') return exchangeReply(request);
    if (path === '/oauth2/token') return tokenReply(request);
    if (path.startsWith('/acr/v1/')) return nativeReply(request);
    return ociReply(request, fake, {
      hasCatalog: true,
      refuse: (_, right, name) => refusal(request, right, name),
      deletes: (repository, tagOrDigest) =>
        fake.locked.has(`${repository.name}@${tagOrDigest}`) ? locked() : undefined,
    });
  }

  function entraReply(request: FakeRequest): Response {
    const form = new URLSearchParams(request.body);
    const user = userOf(fake, form.get('client_secret') ?? '', form.get('client_id') ?? '');
    const code = fake.entraErrorCode ?? (user === undefined ? 7_000_215 : undefined);
    if (code !== undefined || user === undefined) {
      return Response.json(
        { error: 'invalid_client', error_description: `AADSTS${code}: no.`, error_codes: [code] },
        { status: 401 },
      );
    }
    const [, aud = ''] = /^(https:\/\/[^/]+)\/\.default$/.exec(form.get('scope') ?? '') ?? [];
    const known = AUDIENCES[aud];
    if (known === undefined) return Response.json({ error: 'invalid_scope', error_codes: [70_011] }, { status: 400 });
    const token = unsignedJwt({ aud });
    (known === 'registries' ? entra : managers).set(token, user);
    return Response.json({ token_type: 'Bearer', expires_in: 3599, access_token: token });
  }

  function exchangeReply(request: FakeRequest): Response {
    const form = new URLSearchParams(request.body);
    const user = entra.get(form.get('access_token') ?? '');
    const isWhole = form.get('grant_type') === 'access_token' && form.get('service') === ACR_HOST;
    if (!isWhole || form.get('tenant') !== ACR_TENANT || user === undefined) return unauthorized();
    const endsAt = fake.clock.now() + ACR_REFRESH_SECONDS * 1000;
    const token = unsignedJwt({ exp: endsAt / 1000, iat: fake.clock.now() / 1000, grant_type: 'refresh_token' });
    refresh.set(token, { user, endsAt });
    return Response.json({ refresh_token: token });
  }

  function tokenReply(request: FakeRequest): Response {
    const form = new URLSearchParams(request.body);
    const isPost = request.method === 'POST';
    const kept = refresh.get(form.get('refresh_token') ?? '');
    const basic = basicOf(request);
    const isAnonymous = !isPost && basic === undefined;
    if (basic?.secret.includes('-made-') === true && fake.management.refusals > 0) {
      fake.management.refusals -= 1;
      return unauthorized();
    }
    const user = isPost
      ? kept !== undefined && kept.endsAt > fake.clock.now()
        ? kept.user
        : undefined
      : (userOf(fake, basic?.secret, basic?.username) ?? ofIdentityToken(basic));
    if (user === undefined && !isAnonymous) return unauthorized();
    const service = isPost ? form.get('service') : request.query.get('service');
    if (service !== ACR_HOST) return ociError(400, 'UNSUPPORTED', 'service');
    const scopes = isPost ? (form.get('scope') ?? '').split(' ') : request.query.getAll('scope');
    const grants = scopes.map((scope) => grantOf(scope, user)).filter(({ actions }) => actions.length > 0);
    const endsAt = fake.clock.now() + ACR_ACCESS_SECONDS * 1000;
    const token = unsignedJwt({ exp: endsAt / 1000, access: grants, sub: user?.username ?? 'anonymous' });
    access.set(token, { grants, endsAt });
    return Response.json({ access_token: token });
  }

  /** What Docker logs in as when all it has is a refresh token. */
  function ofIdentityToken(basic: ReturnType<typeof basicOf>): FakeUser | undefined {
    const kept = basic?.username === IDENTITY_USERNAME ? refresh.get(basic.secret) : undefined;
    return kept === undefined || kept.endsAt <= fake.clock.now() ? undefined : kept.user;
  }

  function grantOf(scope: string, user: FakeUser | undefined): Grant {
    const [type = '', name = '', wanted = ''] = scope.split(':');
    const isPublic = fake.repositories.get(name)?.isPublic === true;
    const actions = wanted.split(',').filter((action) => {
      const right = RIGHTS[action];
      return right !== undefined && (user?.rights.has(right) === true || (isPublic && right === 'pull'));
    });
    return { type, name, actions };
  }

  function refusal(request: FakeRequest, right: FakeRight, name?: string): Response | undefined {
    const found = access.get(bearerOf(request) ?? '');
    const challenge = `Bearer realm="${fake.url}/oauth2/token",service="${ACR_HOST}"`;
    if (found === undefined || found.endsAt <= fake.clock.now()) return unauthorized({ 'WWW-Authenticate': challenge });
    const isGranted = found.grants.some((grant) =>
      name === undefined
        ? grant.type === 'registry'
        : grant.name === name && grant.actions.some((action) => RIGHTS[action] === right),
    );
    return isGranted ? undefined : unauthorized();
  }

  function nativeReply(request: FakeRequest): FakeReply {
    const { path, method } = request;
    if (path === '/acr/v1/_catalog') {
      const names = [...fake.repositories.keys()].toSorted();
      const { page, link } = cut(names, request, (name) => name);
      return refusal(request, 'list') ?? Response.json({ registry: ACR_HOST, repositories: page }, link);
    }
    const [, name = '', list = '', one] = /^\/acr\/v1\/(.+)\/_(tags|manifests)(?:\/(.+))?$/.exec(path) ?? [];
    const repository = fake.repositories.get(name);
    const refused = refusal(request, method === 'DELETE' ? 'delete' : 'pull', name);
    if (refused !== undefined) return refused;
    if (repository === undefined) return ociError(404, 'NAME_UNKNOWN', 'repository name not known to registry');
    if (method === 'DELETE' && one !== undefined) return untag(repository, decodeURIComponent(one));
    return list === 'tags' ? tags(request, repository) : manifests(request, repository);
  }

  function tags(request: FakeRequest, repository: FakeRepository): Response {
    const all = [...repository.tags].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const { page, link } = cut(all, request, ([name]) => name);
    const described = page.map(([name, digest]) => ({
      name,
      digest,
      createdTime: repository.manifests.get(digest)?.pushedAt.toISOString(),
      lastUpdateTime: repository.manifests.get(digest)?.pushedAt.toISOString(),
      signed: false,
      changeableAttributes: attributes(!fake.locked.has(`${repository.name}:${name}`)),
    }));
    return Response.json({ registry: ACR_HOST, imageName: repository.name, tags: described }, link);
  }

  function manifests(request: FakeRequest, repository: FakeRepository): Response {
    const all = [...repository.manifests.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    const { page, link } = cut(all, request, ({ digest }) => digest);
    const described = page.map(({ digest, bytes, mediaType, pushedAt }) => {
      const found = repository.tagsOf(digest);
      return {
        digest,
        imageSize: bytes,
        createdTime: pushedAt.toISOString(),
        lastUpdateTime: pushedAt.toISOString(),
        mediaType,
        ...(found.length > 0 && { tags: found }),
        changeableAttributes: attributes(!fake.locked.has(`${repository.name}@${digest}`)),
      };
    });
    return Response.json({ registry: ACR_HOST, imageName: repository.name, manifests: described }, link);
  }

  function untag(repository: FakeRepository, tag: string): Response {
    if (!repository.tags.has(tag)) return ociError(404, 'TAG_UNKNOWN', `the tag ${tag} does not exist`);
    if (fake.locked.has(`${repository.name}:${tag}`)) return locked();
    repository.tags.delete(tag);
    return new Response(null, { status: 202 });
  }

  const fake: FakeAcr = Object.assign(
    startFake((request) => answer(request)),
    {
      locked: new Set<string>(),
      entraErrorCode: undefined,
      management: { registry: AZURE_REGISTRY, passwords: new Map<string, Set<string>>(), looks: 0, refusals: 0 },
    },
  );
  return fake;
}

/** What tokens of Entra ID are asked for. */
const AUDIENCES: Readonly<Record<string, 'registries' | 'management'>> = {
  'https://containerregistry.azure.net': 'registries',
  'https://management.azure.com': 'management',
};

const RIGHTS: Readonly<Record<string, FakeRight>> = {
  '*': 'list',
  pull: 'pull',
  metadata_read: 'pull',
  push: 'push',
  delete: 'delete',
};

function attributes(isFree: boolean): object {
  return { deleteEnabled: isFree, writeEnabled: isFree, readEnabled: true, listEnabled: true };
}

function cut<Item>(
  items: readonly Item[],
  { path, query }: FakeRequest,
  nameOf: (item: Item) => string,
): { readonly page: readonly Item[]; readonly link: ResponseInit } {
  const size = Number(query.get('n') ?? 100);
  const left = items.filter((item) => nameOf(item) > (query.get('last') ?? ''));
  const page = left.slice(0, size);
  const last = page.at(-1);
  if (left.length <= size || last === undefined) return { page, link: {} };
  const next = new URLSearchParams({ last: nameOf(last), n: `${size}`, orderby: '' });
  return { page, link: { headers: { Link: `<${path}?${next}>; rel="next"` } } };
}

function unauthorized(headers: Record<string, string> = {}): Response {
  const text = 'authentication required, visit https://aka.ms/acr/authorization for more.';
  return ociError(401, 'UNAUTHORIZED', text, headers);
}

function locked(): Response {
  return ociError(405, 'UNSUPPORTED', 'The operation is disallowed on this registry, repository or image.');
}
