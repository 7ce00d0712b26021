import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { isTag } from '../../oci/tag.ts';
import type { Page, PageRequest, RemoteRepositorySummary, RemoteTag } from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import { type NativePage, pageOfMany } from '../page-of-many.ts';
import { nextOf, objectIn } from './answer.ts';
import { PageTrail } from '../page-trail.ts';
import { inParallel } from './in-parallel.ts';
import { headManifest } from './manifests.ts';
import type { OciSession } from './oci-session.ts';

/** Of one page: names alone. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
/** What a person looks at has its digests. Longer pages are read by programs, at the cost of one request. */
const MAX_TAGS_WITH_DIGESTS = 100;

/** What a registry is asked for at a time: some refuse more. */
const MAX_NAMES = 1000;

export const CATALOG_SCOPE = 'registry:catalog:*';

/**
 * A page of the catalog. Most public registries have none: it is an addition of Docker's.
 *
 * @param page.below only names in this folder; empty: all.
 * @throws {ProviderError} `unsupported`: it does not tell us.
 */
export async function listRepositories(
  session: OciSession,
  page: PageRequest & { readonly below: string },
  signal: AbortSignal,
): Promise<Page<RemoteRepositorySummary>> {
  const found = await pageOfMany(page, async (native) => {
    const answer = await readCatalog(session, native ?? firstQuery(page), signal);
    const names = namesIn(answer, 'repositories', session).filter((name) => isBelow(name, page.below));
    return nativePage(answer, names, page);
  });
  return { ...found, items: found.items.map((name) => ({ name })) };
}

/** A page of the tags of a repository, in the order of the registry. Short pages have digests. */
export async function listTags(
  session: OciSession,
  repository: string,
  { page, signal }: { readonly page: PageRequest; readonly signal: AbortSignal },
): Promise<Page<RemoteTag>> {
  const found = await pageOfMany(page, async (native) => {
    const answer = await readTags(session, repository, { query: native ?? firstQuery(page), signal });
    return nativePage(answer, tagsIn(answer, session), page);
  });
  const { items: names } = found;
  if (names.length > MAX_TAGS_WITH_DIGESTS) return { ...found, items: names.map((name) => ({ name })) };
  const items = await inParallel(names, async (name): Promise<RemoteTag> => {
    const head = await headManifest(session, { repository, tagOrDigest: name, signal });
    return { name, ...head };
  });
  return { ...found, items };
}

/** Every tag of a repository. */
export async function* allTags(
  session: OciSession,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const trail = new PageTrail(session.name);
  let query = trail.follow(`n=${MAX_NAMES}`);
  while (query !== undefined) {
    const answer = await readTags(session, repository, { query, signal });
    yield* tagsIn(answer, session);
    query = trail.follow(queryOfNext(answer));
  }
}

async function readCatalog(session: OciSession, query: string, signal: AbortSignal): Promise<UpstreamAnswer> {
  const request = { method: 'GET', path: `/v2/_catalog?${query}`, scopes: [CATALOG_SCOPE], signal };
  const answer = await session.send({ ...request, maxBytes: MAX_PAGE_BYTES });
  if (answer.status === 200) return answer;
  const isRefused = (answer.status === 401 || answer.status === 403) && session.hasProvedItself;
  if (!isRefused && answer.status !== 404 && answer.status !== 405) {
    throw session.refusalOf(answer, 'listing its repositories');
  }
  throw new ProviderError(
    'unsupported',
    `${session.name} does not list its repositories to this login (${answer.status}). Name a repository to look into ` +
      'it, or use a login that may list all of them.',
    { status: answer.status },
  );
}

async function readTags(
  session: OciSession,
  repository: string,
  { query, signal }: { readonly query: string; readonly signal: AbortSignal },
): Promise<UpstreamAnswer> {
  const path = `/v2/${repository}/tags/list?${query}`;
  const scopes = [`repository:${repository}:pull`];
  const answer = await session.send({ method: 'GET', path, scopes, maxBytes: MAX_PAGE_BYTES, signal });
  if (answer.status === 200) return answer;
  throw session.refusalOf(answer, `listing the tags of ${repository}`);
}

/** distribution 2 knows no pages of tags, and has all of them in no order: they get one, so that pages can be cut. */
function nativePage(answer: UpstreamAnswer, names: readonly string[], { limit }: PageRequest): NativePage<string> {
  return { items: names.length > limit ? names.toSorted() : names, next: queryOfNext(answer) };
}

function firstQuery({ limit }: PageRequest): string {
  return `n=${Math.min(limit, MAX_NAMES)}`;
}

/** The query of the page that follows: some registries have parameters of their own in it. */
function queryOfNext(answer: UpstreamAnswer): string | undefined {
  const query = nextOf(answer)?.search.slice(1);
  return query === '' ? undefined : query;
}

/** What is no tag would lead somewhere else, as a part of a path. */
function tagsIn(answer: UpstreamAnswer, session: OciSession): readonly string[] {
  return namesIn(answer, 'tags', session).filter(isTag);
}

function namesIn(answer: UpstreamAnswer, field: string, session: OciSession): readonly string[] {
  const list = objectIn(answer.body)?.[field];
  // An empty list is null where the registry is written in Go.
  if (list === null) return [];
  if (!Array.isArray(list)) {
    throw new ProviderError('malformed', `${session.name}: its answer has no list of ${field}.`);
  }
  return (list as readonly unknown[]).filter((name) => typeof name === 'string');
}

/** Whether a repository is in a folder; an empty one has all. */
export function isBelow(name: string, folder: string): boolean {
  return folder === '' || name === folder || name.startsWith(`${folder}/`);
}
