import { generateKeyPairSync, verify } from 'node:crypto';
import {
  basicOf,
  bearerOf,
  type Fake,
  type FakeReply,
  type FakeRequest,
  type FakeRight,
  type FakeUser,
  FakeTokens,
  startFake,
} from './fake.ts';
import { ociError, ociReply } from './fake-oci.ts';
import type { FakeManifest, FakeRepository } from './fake-repository.ts';

export interface FakeGoogle extends Fake {
  /** Repositories of Artifact Registry whose tags stay what they are: `project/repository`. */
  readonly immutable: Set<string>;
  /** Looks at an operation before it is done. Default 1. */
  operationLooks: number;
  /** Access tokens that were given out by other means. */
  readonly tokens: FakeTokens<FakeUser>;
}

export const GOOGLE_TOKEN_SECONDS = 3600;
export const GOOGLE_PROJECT = 'harbour-1';
const LOCATION = 'europe-west1';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const REAL = generateKeyPairSync('rsa', { modulusLength: 2048 });
const OTHER = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The JSON file of a key. @param isReal whether Google knows it. */
export function serviceAccountKey(name: string, isReal = true): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: GOOGLE_PROJECT,
    private_key_id: '0f1e2d3c4b5a',
    private_key: (isReal ? REAL : OTHER).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: emailOf(name),
    token_uri: 'https://oauth2.googleapis.com/token',
  });
}

export function emailOf(name: string): string {
  return `${name}@${GOOGLE_PROJECT}.iam.gserviceaccount.com`;
}

interface Operation {
  looks: number;
  readonly result: object;
}

/** Artifact Registry's API, and the place where keys become tokens. Users are known by their email. */
export function startFakeGoogle(): FakeGoogle {
  const operations = new Map<string, Operation>();

  function answer(request: FakeRequest): FakeReply {
    if (request.path === '/token') return tokenReply(request);
    if (request.path.startsWith('/v2/')) return ociReply(request, fake, { refuse });
    const user = fake.tokens.find(bearerOf(request));
    if (user === undefined) {
      return googleError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    const path = request.path.replace(/^\/v1\//, '');
    const operation = operations.get(path);
    if (operation !== undefined) return look(path, operation);
    const form =
      /^projects\/([^/]+)\/locations\/([^/:]+)\/repositories(?:\/([^/:]+))?(?::(\w+))?(?:\/packages(?:\/([^/]+))?(?:\/(.+))?)?$/;
    const [, project = '', location, repository, verb, name, rest] = form.exec(path) ?? [];
    if (location !== LOCATION) return googleError(404, 'NOT_FOUND', 'Location not found.');
    const scope = `${decodeURIComponent(project)}/${repository ?? ''}`;
    const asked = { request, user, scope, rest: rest ?? '' };
    if (verb === 'testIamPermissions') return permissions(asked);
    if (repository === undefined) return repositoryList(asked);
    if (!path.includes('/packages')) return oneRepository(asked);
    return name === undefined
      ? packageList(asked)
      : packageReply({ ...asked, name: `${scope}/${decodeURIComponent(name)}` });
  }

  /** Of the registry API, which takes access tokens as passwords. */
  function refuse(request: FakeRequest, right: FakeRight): Response | undefined {
    const user = fake.tokens.find(basicOf(request)?.secret);
    if (user === undefined) return ociError(401, 'UNAUTHORIZED', 'no', { 'WWW-Authenticate': 'Basic realm="google"' });
    return user.rights.has(right) ? undefined : ociError(403, 'DENIED', 'Permission denied');
  }

  interface Asked {
    readonly request: FakeRequest;
    readonly user: FakeUser;
    /** `project/repository` */
    readonly scope: string;
    /** Behind the package. */
    readonly rest: string;
  }

  function tokenReply({ body }: FakeRequest): Response {
    const form = new URLSearchParams(body);
    const assertion = form.get('assertion') ?? '';
    const [head = '', payload = '', signature = ''] = assertion.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as Record<string, unknown>;
    const isSigned = verify(
      'sha256',
      Buffer.from(`${head}.${payload}`),
      REAL.publicKey,
      Buffer.from(signature, 'base64url'),
    );
    const user = [...fake.users.values()].find(({ username }) => username === claims['iss']);
    const refuse = (description: string): Response =>
      Response.json({ error: 'invalid_grant', error_description: description }, { status: 400 });
    if (user === undefined) return refuse('Invalid grant: account not found');
    if (!isSigned || form.get('grant_type') !== JWT_BEARER) return refuse('Invalid JWT Signature.');
    const [issued, ends] = [Number(claims['iat']), Number(claims['exp'])];
    const now = fake.clock.now() / 1000;
    if (ends - issued > 3600 || issued > now + 300 || ends < now) {
      return refuse(
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    }
    if (claims['aud'] !== 'https://oauth2.googleapis.com/token') return refuse('Invalid JWT Audience.');
    const token = fake.tokens.issue(user, GOOGLE_TOKEN_SECONDS, `ya29.${crypto.randomUUID()}`);
    return Response.json({ access_token: token, expires_in: GOOGLE_TOKEN_SECONDS, token_type: 'Bearer' });
  }

  function permissions({ request, user, scope }: Asked): Response {
    if (!scopes().includes(scope)) return googleError(404, 'NOT_FOUND', 'Requested entity was not found.');
    const { permissions: wanted } = JSON.parse(request.body) as { permissions: string[] };
    const granted = wanted.filter((name) => {
      const right = RIGHTS[name];
      return right !== undefined && user.rights.has(right);
    });
    return Response.json(granted.length === 0 ? {} : { permissions: granted });
  }

  function scopes(): readonly string[] {
    return [...new Set([...fake.repositories.keys()].map((name) => name.split('/').slice(0, 2).join('/')))].toSorted();
  }

  function repositoryList({ request, user, scope }: Asked): Response {
    if (!user.rights.has('list')) return denied('artifactregistry.repositories.list');
    const found = scopes().filter((name) => name.startsWith(scope));
    const { page, next } = cut(found, request);
    return Response.json({ repositories: page.map(described), ...next });
  }

  function oneRepository({ user, scope }: Asked): Response {
    if (!user.rights.has('list')) return denied('artifactregistry.repositories.get');
    if (!scopes().includes(scope)) return googleError(404, 'NOT_FOUND', 'Requested entity was not found.');
    return Response.json(described(scope));
  }

  function described(scope: string): object {
    const isImmutable = fake.immutable.has(scope);
    return {
      name: pathOf(scope),
      format: 'DOCKER',
      mode: 'STANDARD_REPOSITORY',
      ...(isImmutable && { dockerConfig: { immutableTags: true } }),
    };
  }

  function packageList({ request, user, scope }: Asked): Response {
    if (!user.rights.has('list')) return denied('artifactregistry.packages.list');
    const found = [...fake.repositories.keys()].filter((name) => name.startsWith(`${scope}/`)).toSorted();
    const { page, next } = cut(found, request);
    return Response.json({
      packages: page.map((name) => ({ name: packageOf(name), updateTime: '2026-02-01T10:00:00Z' })),
      ...next,
    });
  }

  function packageReply({ request, user, rest, scope, name }: Asked & { readonly name: string }): Response {
    const { method } = request;
    const isDeletion = method === 'DELETE' || rest.endsWith(':batchDelete');
    if (!user.rights.has(isDeletion ? 'delete' : 'list')) return denied('artifactregistry.versions');
    const repository = fake.repositories.get(name);
    if (repository === undefined) return googleError(404, 'NOT_FOUND', 'Package not found.');
    const [kind = '', one] = rest.split('/');
    if (isDeletion && kind === 'tags') return deleteTag(repository, decodeURIComponent(one ?? ''), scope);
    if (isDeletion) return kind === 'versions' ? deleteVersion(repository, one ?? '') : batch(repository, request);
    return kind === 'tags' ? tagList(repository, request) : versionList(repository, request);
  }

  function versionList(repository: FakeRepository, request: FakeRequest): Response {
    const { page, next } = cut([...repository.manifests.values()], request);
    return Response.json({ versions: page.map((manifest) => versionOf(repository, manifest)), ...next });
  }

  function tagList(repository: FakeRepository, request: FakeRequest): Response {
    const [, digest] = /versions\/([^"]+)"$/.exec(request.query.get('filter') ?? '') ?? [];
    const found = [...repository.tags].filter(([, of]) => digest === undefined || of === digest);
    const { page, next } = cut(found, request);
    const tags = page.map(([tag, of]) => ({
      name: `${packageOf(repository.name)}/tags/${tag}`,
      version: `${packageOf(repository.name)}/versions/${of}`,
    }));
    return Response.json({ tags, ...next });
  }

  function deleteTag(repository: FakeRepository, tag: string, scope: string): Response {
    if (!repository.tags.has(tag)) return googleError(404, 'NOT_FOUND', 'Tag not found.');
    if (fake.immutable.has(scope)) return googleError(400, 'FAILED_PRECONDITION', 'Tags are immutable.');
    repository.tags.delete(tag);
    return Response.json({});
  }

  function deleteVersion(repository: FakeRepository, digest: string): Response {
    const problem = problemOf(repository, digest);
    if (problem === 'gone') return googleError(404, 'NOT_FOUND', 'Version not found.');
    if (problem !== undefined) return googleError(400, 'FAILED_PRECONDITION', problem);
    repository.remove(digest);
    return started({ response: {} });
  }

  function batch(repository: FakeRepository, { body }: FakeRequest): Response {
    const { names } = JSON.parse(body) as { names: string[] };
    const failedVersions: string[] = [];
    for (const name of names) {
      const digest = name.slice(name.lastIndexOf('/') + 1);
      if (problemOf(repository, digest) === undefined) repository.remove(digest);
      else failedVersions.push(name);
    }
    return started({ response: {}, metadata: { failedVersions } });
  }

  function started(result: object): Response {
    const name = `projects/${GOOGLE_PROJECT}/locations/${LOCATION}/operations/${crypto.randomUUID()}`;
    operations.set(name, { looks: 0, result });
    return Response.json({ name });
  }

  function look(name: string, operation: Operation): Response {
    operation.looks += 1;
    const isDone = operation.looks > fake.operationLooks;
    return Response.json(isDone ? { name, done: true, ...operation.result } : { name });
  }

  const made = startFake((request) => answer(request));
  const fake: FakeGoogle = Object.assign(made, {
    immutable: new Set<string>(),
    operationLooks: 1,
    tokens: new FakeTokens<FakeUser>(made.clock),
  });
  return fake;
}

const RIGHTS: Readonly<Record<string, FakeRight>> = {
  'artifactregistry.versions.list': 'list',
  'artifactregistry.repositories.downloadArtifacts': 'pull',
  'artifactregistry.repositories.uploadArtifacts': 'push',
  'artifactregistry.versions.delete': 'delete',
};

function problemOf(repository: FakeRepository, digest: string): string | undefined {
  if (!repository.manifests.has(digest)) return 'gone';
  if (repository.tagsOf(digest).length > 0) return 'The version is tagged, and force is not set.';
  if (repository.parentsOf(digest).length > 0) return 'The manifest is referenced by parent manifests.';
  return undefined;
}

function versionOf(repository: FakeRepository, { digest, bytes, mediaType, pushedAt }: FakeManifest): object {
  const path = packageOf(repository.name);
  const tags = repository.tagsOf(digest).slice(0, 100);
  return {
    name: `${path}/versions/${digest}`,
    createTime: pushedAt.toISOString(),
    updateTime: pushedAt.toISOString(),
    ...(tags.length > 0 && { relatedTags: tags.map((tag) => ({ name: `${path}/tags/${tag}` })) }),
    metadata: { imageSizeBytes: `${bytes}`, mediaType, name: `${path}@${digest}` },
  };
}

function pathOf(scope: string): string {
  const [project = '', repository = ''] = scope.split('/');
  return `projects/${project}/locations/${LOCATION}/repositories/${repository}`;
}

function packageOf(name: string): string {
  const [project = '', repository = '', ...image] = name.split('/');
  return `${pathOf(`${project}/${repository}`)}/packages/${encodeURIComponent(image.join('/'))}`;
}

function cut<Item>(
  items: readonly Item[],
  { query }: FakeRequest,
): { readonly page: readonly Item[]; readonly next: { readonly nextPageToken?: string } } {
  const from = Number(query.get('pageToken') ?? 0);
  const size = Math.min(1000, Number(query.get('pageSize') ?? 100));
  return {
    page: items.slice(from, from + size),
    next: from + size >= items.length ? {} : { nextPageToken: `${from + size}` },
  };
}

function denied(permission: string): Response {
  return googleError(403, 'PERMISSION_DENIED', `Permission '${permission}' denied on resource (or it may not exist).`);
}

/** An error as Google's APIs write it. */
export function googleError(code: number, status: string, message: string, details: readonly object[] = []): Response {
  return Response.json({ error: { code, message, status, details } }, { status: code });
}
