import { isIndexType } from '../../oci/media-types.ts';
import type { JsonObject } from '../../oci/json-object.ts';
import type { Page, PageRequest, RemoteImage, RemotePlatform, RemoteRepositorySummary, RemoteTag } from '../account.ts';
import { dateIn, numberIn, objectsIn, present, textIn } from '../native/json-fields.ts';
import { onlyNamed, queryOfNext } from '../native/native-api.ts';
import { repositoryIn } from '../names.ts';
import { ProviderError } from '../provider-error.ts';
import type { HubSession } from './hub-session.ts';
import type { HubApi } from './hub-api.ts';
import { PageTrail } from '../page-trail.ts';

/** The most that Docker Hub gives at once. */
const MAX_PAGE = 100;
const PAGE_PARAMETERS = ['page', 'page_size', 'name'];

export async function repositoriesOf(
  { target, api }: HubSession,
  page: PageRequest,
  signal: AbortSignal,
): Promise<Page<RemoteRepositorySummary>> {
  const namespace = target.url.path === '' ? target.username : target.url.path;
  if (namespace === '') {
    throw new ProviderError(
      'unsupported',
      'Docker Hub does not list everything that it has: name a user or an organization behind the host, as in docker.io/library.',
    );
  }
  const path = `/v2/namespaces/${encodeURIComponent(namespace)}/repositories`;
  const { object, results } = await pageOf(api, { ...page, path, doing: 'listing repositories', signal });
  const items = results.flatMap((result): readonly RemoteRepositorySummary[] => {
    const name = textIn(result, 'name');
    if (name === undefined) return [];
    const isPrivate = result['is_private'];
    return [
      {
        name: `${textIn(result, 'namespace') ?? namespace}/${name}`,
        ...present({
          description: textIn(result, 'description'),
          pushedAt: dateIn(result, 'last_updated'),
          bytes: numberIn(result, 'storage_size'),
          isPublic: typeof isPrivate === 'boolean' ? !isPrivate : undefined,
        }),
      },
    ];
  });
  return { items, ...nextIn(object) };
}

export async function tagsOf(
  api: HubApi,
  { repository, ...page }: PageRequest & { readonly repository: string },
  signal: AbortSignal,
): Promise<Page<RemoteTag>> {
  const { object, results } = await tagResults(api, repository, { page, signal });
  const items = results.flatMap((result): readonly RemoteTag[] => {
    const name = textIn(result, 'name');
    return name === undefined ? [] : [{ name, ...tagFields(result) }];
  });
  return { items, ...nextIn(object) };
}

/** What tags name, and what that consists of. Docker Hub tells of nothing else. */
export async function* imagesOf(
  api: HubApi,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<RemoteImage, void> {
  const images = new Map<string, RemoteImage>();
  const children = new Map<string, RemoteImage>();
  const trail = new PageTrail(api.name);
  let after: string | undefined;
  do {
    const page = { limit: MAX_PAGE, ...(after !== undefined && { after }) };
    const { object, results } = await tagResults(api, repository, { page, signal });
    for (const result of results) addImage(images, result);
    for (const result of results) addChildren(children, result);
    after = trail.follow(nextIn(object).next);
  } while (after !== undefined);
  yield* images.values();
  for (const [digest, child] of children) if (!images.has(digest)) yield child;
}

function addImage(images: Map<string, RemoteImage>, result: JsonObject): void {
  const [name, digest] = [textIn(result, 'name'), digestOfTag(result)];
  // An empty tag names nothing.
  if (name === undefined || digest === undefined) return;
  const known = images.get(digest);
  const { platforms: _, ...fields } = tagFields(result);
  const parts = objectsIn(result, 'images').flatMap((image) => textIn(image, 'digest') ?? []);
  // Of what has no platforms at all nothing is said; what is its own platform names nothing.
  const children = parts.includes(digest) ? [] : parts;
  const isKnown = parts.length > 0 || !isIndexType(fields.mediaType ?? '');
  images.set(digest, {
    ...(known ?? fields),
    digest,
    tags: [...(known?.tags ?? []), name],
    subject: null,
    ...(isKnown && { children }),
  });
}

function addChildren(children: Map<string, RemoteImage>, result: JsonObject): void {
  for (const image of objectsIn(result, 'images')) {
    const digest = textIn(image, 'digest');
    if (digest === undefined || digest === digestOfTag(result)) continue;
    const [bytes, pushedAt, pulledAt] = [
      numberIn(image, 'size'),
      dateIn(image, 'last_pushed'),
      dateIn(image, 'last_pulled'),
    ];
    // Reading them would count as pulls, of which there are few: Docker Hub shows the platforms of nested indexes, too.
    const leaf = { subject: null, children: [] };
    children.set(digest, { digest, tags: [], ...leaf, ...present({ bytes, pushedAt, pulledAt }) });
  }
}

/** Tags of long ago have no digest of their own, only that of their one image. */
function digestOfTag(result: JsonObject): string | undefined {
  const [only, ...more] = objectsIn(result, 'images');
  return textIn(result, 'digest') ?? (only === undefined || more.length > 0 ? undefined : textIn(only, 'digest'));
}

function tagFields(result: JsonObject): Omit<RemoteTag, 'name'> {
  return present({
    digest: digestOfTag(result),
    mediaType: textIn(result, 'media_type'),
    bytes: numberIn(result, 'full_size'),
    pushedAt: dateIn(result, 'tag_last_pushed') ?? dateIn(result, 'last_updated'),
    pulledAt: dateIn(result, 'tag_last_pulled'),
    platforms: objectsIn(result, 'images').flatMap(platformOf),
  });
}

function platformOf(image: JsonObject): readonly RemotePlatform[] {
  const parts = [textIn(image, 'os'), textIn(image, 'architecture'), textIn(image, 'variant')];
  const platform = parts.filter((part) => part !== undefined).join('/');
  // What is attached to an image, such as how it was built.
  if (platform === '' || platform.startsWith('unknown')) return [];
  return [{ platform, ...present({ digest: textIn(image, 'digest'), bytes: numberIn(image, 'size') }) }];
}

async function tagResults(
  api: HubApi,
  repository: string,
  { page, signal }: { readonly page: PageRequest; readonly signal: AbortSignal },
): Promise<ResultPage> {
  const path = `${pathOf(repository)}/tags`;
  return await pageOf(api, { ...page, path, doing: `listing the tags of ${repository}`, signal });
}

/** @throws {ProviderError} `not-found` */
export function pathOf(repository: string): string {
  const { namespace, name } = hubNameOf(repository);
  return `/v2/namespaces/${namespace}/repositories/${name}`;
}

export interface HubName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * What a repository is called there.
 *
 * @param repository with its namespace: `library/nginx`; what has none is one of Docker's own.
 * @throws {ProviderError} `not-found`: none can have that name.
 */
export function hubNameOf(repository: string): HubName {
  const [first = '', second, ...more] = repositoryIn(repository).split('/');
  if (more.length > 0) {
    throw new ProviderError('not-found', `Repositories of Docker Hub have names of two parts: ${repository} is none.`);
  }
  return second === undefined ? { namespace: 'library', name: first } : { namespace: first, name: second };
}

interface ResultPage {
  readonly object: JsonObject;
  readonly results: readonly JsonObject[];
}

async function pageOf(
  api: HubApi,
  {
    after,
    limit,
    search,
    path,
    doing,
    signal,
  }: PageRequest & { readonly path: string; readonly doing: string; readonly signal: AbortSignal },
): Promise<ResultPage> {
  const first = new URLSearchParams({ page_size: String(Math.min(limit, MAX_PAGE)), ...(search && { name: search }) });
  const query = after === undefined ? first.toString() : onlyNamed(new URLSearchParams(after), PAGE_PARAMETERS);
  const { object } = await api.object({ path: `${path}?${query}`, signal }, doing);
  return { object, results: objectsIn(object, 'results') };
}

function nextIn(object: JsonObject): { readonly next?: string; readonly total?: number } {
  const next = queryOfNext(textIn(object, 'next'), PAGE_PARAMETERS);
  return present({ next, total: numberIn(object, 'count') });
}
