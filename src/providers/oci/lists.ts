import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { Page, PageRequest, RemoteRepositorySummary, RemoteTag } from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import { inParallel } from './in-parallel.ts';
import { nextOf, objectIn } from './answer.ts';
import { headManifest } from './manifests.ts';
import type { OciSession } from './oci-session.ts';

/** Of one page: names alone. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
/** What a person looks at has its digests. Longer pages are read by programs, at the cost of one request. */
const MAX_TAGS_WITH_DIGESTS = 100;

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
  const path = `/v2/_catalog?${queryOf(page)}`;
  const answer = await session.send({ method: 'GET', path, scopes: [CATALOG_SCOPE], maxBytes: MAX_PAGE_BYTES, signal });
  const isRefused = (answer.status === 401 || answer.status === 403) && session.hasProvedItself;
  if (isRefused || answer.status === 404 || answer.status === 405) {
    throw new ProviderError(
      'unsupported',
      `${session.name} does not list its repositories to this login (${answer.status}). Name a repository to look into it, ` +
        'or use a login that may list all of them.',
      { status: answer.status },
    );
  }
  if (answer.status !== 200) throw session.refusalOf(answer, 'listing its repositories');
  const names = namesIn(answer, 'repositories', session).filter((name) => isBelow(name, page.below));
  return pageOf(
    answer,
    names.map((name) => ({ name })),
  );
}

/** A page of the tags of a repository, in the order of the registry. Short pages have digests. */
export async function listTags(
  session: OciSession,
  repository: string,
  { page, signal }: { readonly page: PageRequest; readonly signal: AbortSignal },
): Promise<Page<RemoteTag>> {
  const answer = await readTags(session, repository, { page, signal });
  const names = namesIn(answer, 'tags', session);
  if (names.length > MAX_TAGS_WITH_DIGESTS)
    return pageOf(
      answer,
      names.map((name) => ({ name })),
    );
  const found = await inParallel(names, async (name): Promise<RemoteTag> => {
    const head = await headManifest(session, { repository, tagOrDigest: name, signal });
    return { name, ...head };
  });
  return pageOf(answer, found);
}

/** Every tag of a repository. */
export async function* allTags(
  session: OciSession,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const seen = new Set<string>();
  let after: string | undefined;
  for (;;) {
    const page: PageRequest = { limit: 1000, ...(after !== undefined && { after }) };
    const answer = await readTags(session, repository, { page, signal });
    yield* namesIn(answer, 'tags', session);
    after = nextOf(answer)?.search.slice(1);
    if (after === undefined) return;
    if (seen.has(after)) throw new ProviderError('malformed', `${session.name}: the pages of its tags go in a circle.`);
    seen.add(after);
  }
}

async function readTags(
  session: OciSession,
  repository: string,
  { page, signal }: { readonly page: PageRequest; readonly signal: AbortSignal },
): Promise<UpstreamAnswer> {
  const path = `/v2/${repository}/tags/list?${queryOf(page)}`;
  const scopes = [`repository:${repository}:pull`];
  const answer = await session.send({ method: 'GET', path, scopes, maxBytes: MAX_PAGE_BYTES, signal });
  if (answer.status === 200) return answer;
  throw session.refusalOf(answer, `listing the tags of ${repository}`);
}

/** `after` is the query of a `Link` of this list: some registries have parameters of their own. */
function queryOf({ after, limit }: PageRequest): string {
  return after === undefined ? `n=${limit}` : new URLSearchParams(after).toString();
}

function pageOf<Item>(answer: UpstreamAnswer, items: readonly Item[]): Page<Item> {
  const next = nextOf(answer)?.search.slice(1);
  return { items, ...(next !== undefined && next !== '' && { next }) };
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
