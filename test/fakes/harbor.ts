import {
  basicOf,
  type Fake,
  type FakeReply,
  type FakeRequest,
  type FakeUser,
  numberedPage,
  startFake,
  userOf,
} from './fake.ts';
import { ociReply } from './fake-oci.ts';
import type { FakeManifest, FakeRepository } from './fake-repository.ts';
import { FakeTokenService } from './fake-token-service.ts';

export const HARBOR_TOKEN_SECONDS = 1800;

/** A robot as Harbor's API shows it. */
export interface FakeRobot {
  readonly id: number;
  /** `robot$team+ci` */
  readonly name: string;
  readonly level: 'project' | 'system';
  /** In days; -1: it never ends. */
  readonly duration: number;
  /** Seconds since the epoch; -1: never. */
  readonly expires_at: number;
  readonly permissions: readonly unknown[];
  readonly disable: boolean;
}

export interface FakeHarbor extends Fake {
  /** Those that the API tells of; who logs in with their secrets is in `users` as well. */
  readonly robots: Map<number, FakeRobot>;
  /** Tags that a rule protects: `team/app:v1`. */
  readonly immutableTags: Set<string>;
  /** Parts that are not well. */
  readonly unhealthy: Set<string>;
  version: string;
  isReadOnly: boolean;
}

const DAY_SECONDS = 86_400;

/** Harbor: `/api/v2.0`, its token service, and its registry. It has one project, that of the first part of a name. */
export function startFakeHarbor(): FakeHarbor {
  const fake = startFake((request) => {
    if (request.path === '/service/token') return tokens.reply(request);
    if (request.path.startsWith('/api/v2.0/')) return apiReply(harbor, { ...request, path: request.path.slice(9) });
    return ociReply(request, fake, { refuse: tokens.refuse, hasCatalog: true });
  });
  const tokens = new FakeTokenService(fake, {
    service: 'harbor-registry',
    path: '/service/token',
    lifeSeconds: HARBOR_TOKEN_SECONDS,
  });
  const harbor: FakeHarbor = Object.assign(fake, {
    robots: new Map<number, FakeRobot>(),
    immutableTags: new Set<string>(),
    unhealthy: new Set<string>(),
    version: 'v2.12.1-abcdef12',
    isReadOnly: false,
  });
  return harbor;
}

/** An error as Harbor writes it. */
export function harborError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}

function apiReply(harbor: FakeHarbor, request: FakeRequest): FakeReply {
  const login = basicOf(request);
  const user = login === undefined ? undefined : userOf(harbor, login.secret, login.username);
  const { path } = request;
  if (path === '/ping') return new Response('Pong');
  if (path === '/health') return healthReply(harbor);
  if (path === '/systeminfo') {
    const version = user === undefined ? {} : { harbor_version: harbor.version };
    return Response.json({ auth_mode: 'db_auth', read_only: harbor.isReadOnly, ...version });
  }
  if (user === undefined) return harborError(401, 'UNAUTHORIZED', 'unauthorized');
  const asking: Asking = { harbor, request, user };
  if (path === '/robots' || path.startsWith('/robots/')) return robotsReply(asking);
  if (path === '/users/current/permissions') return permissionsReply(asking);
  if (path === '/repositories') return repositoriesReply(asking, '');
  const [, project = '', rest = ''] = /^\/projects\/([^/]+)(.*)$/.exec(path) ?? [];
  if (rest === '') return projectReply(asking, project);
  if (rest === '/repositories') return repositoriesReply(asking, `${project}/`);
  const [, escaped = '', artifacts] = /^\/repositories\/([^/]+)\/artifacts(.*)$/.exec(rest) ?? [];
  if (artifacts === undefined) return undefined;
  const repository = harbor.repositories.get(`${project}/${decodeURIComponent(decodeURIComponent(escaped))}`);
  if (!user.rights.has(request.method === 'DELETE' ? 'delete' : 'list'))
    return harborError(403, 'FORBIDDEN', 'forbidden');
  if (repository === undefined) return harborError(404, 'NOT_FOUND', 'repository not found');
  if (artifacts === '') return artifactsReply(asking, repository);
  return request.method === 'DELETE' ? deleteReply(asking, repository, artifacts.slice(1)) : undefined;
}

interface Asking {
  readonly harbor: FakeHarbor;
  readonly request: FakeRequest;
  readonly user: FakeUser;
}

function healthReply({ unhealthy }: FakeHarbor): Response {
  const components = ['core', 'database', 'registry', 'redis'].map((name) => ({
    name,
    status: unhealthy.has(name) ? 'unhealthy' : 'healthy',
  }));
  return Response.json({ status: unhealthy.size === 0 ? 'healthy' : 'unhealthy', components });
}

function projectReply({ user }: Asking, name: string): Response {
  if (!user.rights.has('list')) return harborError(403, 'FORBIDDEN', 'forbidden');
  return Response.json({ project_id: 7, name, metadata: { public: 'false' } });
}

/** Robots are no users: there is nothing for them here. */
function permissionsReply({ user }: Asking): Response {
  if (user.username.startsWith('robot$')) return harborError(401, 'UNAUTHORIZED', 'not a user');
  const names = {
    list: 'repository:list',
    pull: 'repository:pull',
    push: 'repository:push',
    delete: 'artifact:delete',
  };
  const pairs = Object.entries(names).filter(([right]) => [...user.rights].some((one) => one === right));
  return Response.json(
    pairs.map(([, pair]) => {
      const [resource, action] = pair.split(':');
      return { resource, action };
    }),
  );
}

function repositoriesReply({ harbor, request, user }: Asking, beginning: string): Response {
  if (!user.rights.has('list')) return harborError(403, 'FORBIDDEN', 'forbidden');
  const wanted = /^name=~(.*)$/.exec(request.query.get('q') ?? '')?.[1] ?? '';
  const found = [...harbor.repositories.values()].filter(
    ({ name }) => name.startsWith(beginning) && name.includes(wanted),
  );
  return paged(
    request,
    found.map(({ name }) => ({ name, artifact_count: 1, update_time: '2026-02-01T10:00:00.000Z' })),
  );
}

/** What no index names and no tag names is listed, and what a tag names; an accessory is listed with its subject. */
function artifactsReply({ harbor, request }: Asking, repository: FakeRepository): Response {
  const query = request.query.get('q') ?? '';
  const tagsByDigest = Map.groupBy(repository.tags.keys(), (tag) => repository.tags.get(tag));
  const children = new Set([...repository.manifests.values()].flatMap((manifest) => manifest.children));
  const listed = [...repository.manifests.values()].filter(({ digest, subject }) => {
    const tags = tagsByDigest.get(digest) ?? [];
    if (query.startsWith('tags=')) return tags.some((tag) => isLike(tag, query));
    return tags.length > 0 || (subject === undefined && !children.has(digest));
  });
  const { items } = numberedPage(listed, request.query);
  const shown = items.map((manifest) => artifactOf(harbor, repository, manifest));
  return Response.json(shown, { headers: { 'X-Total-Count': String(listed.length) } });
}

function isLike(tag: string, query: string): boolean {
  return query === 'tags=*' || tag.includes(query.replace('tags=~', ''));
}

function artifactOf(harbor: FakeHarbor, repository: FakeRepository, manifest: FakeManifest): object {
  const { digest, mediaType, bytes, pushedAt, pulledAt, children, platform } = manifest;
  const [os, architecture, variant] = (platform ?? '').split('/');
  const accessories = [...repository.manifests.values()].filter(({ subject }) => subject === digest);
  return {
    digest,
    manifest_media_type: mediaType,
    size: bytes,
    push_time: pushedAt.toISOString(),
    pull_time: pulledAt?.toISOString() ?? '0001-01-01T00:00:00.000Z',
    extra_attrs: platform === undefined ? null : { os, architecture, variant },
    references: children.map((child) => ({ child_digest: child, platform: platformOf(repository, child) })),
    accessories: accessories.map((one) => ({ digest: one.digest, size: one.bytes, type: 'signature.cosign' })),
    tags: repository.tagsOf(digest).map((name) => ({
      name,
      push_time: pushedAt.toISOString(),
      pull_time: '0001-01-01T00:00:00.000Z',
      immutable: harbor.immutableTags.has(`${repository.name}:${name}`),
    })),
  };
}

function platformOf(repository: FakeRepository, digest: string): object {
  const [os, architecture, variant] = (repository.manifests.get(digest)?.platform ?? '').split('/');
  return { os, architecture, variant };
}

/** An index takes along what it alone names; what another names stays until that is gone. */
function deleteReply({ harbor }: Asking, repository: FakeRepository, path: string): Response {
  const [reference = '', , tag] = path.split('/').map(decodeURIComponent);
  const found = repository.find(reference);
  if (found === undefined) return harborError(404, 'NOT_FOUND', `artifact ${reference} not found`);
  const isImmutable = (name: string): boolean => harbor.immutableTags.has(`${repository.name}:${name}`);
  if (tag !== undefined) {
    if (isImmutable(tag)) return harborError(412, 'PRECONDITION', `the tag ${tag} configured as immutable`);
    repository.tags.delete(tag);
    return new Response(null, { status: 200 });
  }
  if (repository.tagsOf(found.digest).some(isImmutable)) {
    return harborError(412, 'PRECONDITION', 'the artifact has a tag configured as immutable');
  }
  if (repository.parentsOf(found.digest).length > 0) {
    return harborError(412, 'VIOLATE_FOREIGN_KEY_CONSTRAINT', 'the artifact is referenced by others');
  }
  repository.remove(found.digest);
  for (const child of found.children) {
    const isFree = repository.parentsOf(child).length === 0 && repository.tagsOf(child).length === 0;
    if (isFree) repository.remove(child);
  }
  return new Response(null, { status: 200 });
}

function robotsReply(asking: Asking): FakeReply {
  const { harbor, request, user } = asking;
  if (!user.rights.has('manage')) return harborError(403, 'FORBIDDEN', 'forbidden');
  const id = Number(request.path.split('/')[2] ?? Number.NaN);
  const robot = harbor.robots.get(id);
  if (request.path === '/robots') {
    if (request.method === 'POST') return makeRobot(asking);
    const level = /Level=(\w+)/.exec(request.query.get('q') ?? '')?.[1] ?? 'system';
    const found = [...harbor.robots.values()].filter((one) => one.level === level);
    return paged(request, found);
  }
  if (robot === undefined) return harborError(404, 'NOT_FOUND', 'robot not found');
  if (request.method === 'DELETE') {
    harbor.robots.delete(id);
    harbor.users.delete(robot.name);
    return new Response(null, { status: 200 });
  }
  if (request.method !== 'PATCH') return undefined;
  const secret = `made-${crypto.randomUUID()}`;
  harbor.users.set(robot.name, { ...user, username: robot.name, secret });
  return Response.json({ secret });
}

function makeRobot({ harbor, request, user }: Asking): Response {
  const wanted = JSON.parse(request.body) as Pick<FakeRobot, 'name' | 'level' | 'duration' | 'permissions'>;
  if (/[^a-z0-9_.-]/.test(wanted.name)) return harborError(400, 'BAD_REQUEST', 'robot name is not in lower case');
  const [first] = wanted.permissions as readonly { readonly namespace?: string }[];
  const name = wanted.level === 'project' ? `robot$${first?.namespace}+${wanted.name}` : `robot$${wanted.name}`;
  const now = Math.floor(harbor.clock.now() / 1000);
  const expiresAt = wanted.duration < 0 ? -1 : now + wanted.duration * DAY_SECONDS;
  const id = harbor.robots.size + 100;
  const secret = `made-${crypto.randomUUID()}`;
  harbor.robots.set(id, { ...wanted, id, name, expires_at: expiresAt, disable: false });
  harbor.users.set(name, { ...user, username: name, secret });
  return Response.json({ id, name, secret, expires_at: expiresAt }, { status: 201 });
}

function paged(request: FakeRequest, items: readonly object[]): Response {
  const { query } = request;
  const asked = Number(query.get('page_size') ?? 10);
  if (asked > 100) return harborError(422, 'UNPROCESSABLE_ENTITY', 'page_size should be less than or equal to 100');
  const { items: page } = numberedPage(items, query);
  return Response.json(page, { headers: { 'X-Total-Count': String(items.length) } });
}
