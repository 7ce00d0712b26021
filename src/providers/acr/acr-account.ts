import type { ProviderTools } from '../provider.ts';
import type { RegistryUrl } from '../registry-url.ts';
import type { z } from 'zod';
import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type {
  Account,
  CheckReport,
  DeletionOutcome,
  DeletionRules,
  DeletionTarget,
  DockerLogin,
  ImageReader,
  Minting,
  Page,
  PageRequest,
  RemoteImage,
  RemoteRepositorySummary,
  RemoteTag,
} from '../account.ts';
import { readerOf } from '../oci/oci-reader.ts';
import { nextOf } from '../oci/answer.ts';
import { isBelow } from '../oci/lists.ts';
import { CatalogAnswer, imageOf, LOCKED, ManifestsAnswer, tagOf, TagsAnswer } from './acr-answers.ts';
import { repositoryIn, sortedByName } from '../names.ts';
import type { AcrApi } from './acr-api.ts';
import { checkAcr } from './acr-check.ts';
import { CATALOG } from './acr-tokens.ts';

export interface AcrAccountOptions {
  readonly url: RegistryUrl;
  /** Where its `/v2/` is. */
  readonly origin: string;
  readonly tools: ProviderTools;
  readonly api: AcrApi;
  /** Only repositories of this name, or below it; empty: all. */
  readonly path: string;
  /** Nobody logs in. */
  readonly isAnonymous: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Absent: it is not said who may make passwords. */
  readonly minting?: Minting;
}

export const ACR_DELETION: DeletionRules = {
  tag: 'native',
  manifest: true,
  takesTags: true,
  wantsUntagged: false,
  batch: 1,
};

const MAX_PAGE = 1000;

/** A registry of Azure's, by its own API: the registry API has no dates, and deletes no tag alone. */
export class AcrAccount implements Account {
  readonly deletion = ACR_DELETION;
  readonly minting?: Minting;
  readonly reader: ImageReader;
  readonly #options: AcrAccountOptions;
  readonly #api: AcrApi;

  constructor(options: AcrAccountOptions) {
    this.#options = options;
    this.reader = readerOf(
      options.url,
      async (signal) => (options.isAnonymous ? undefined : await this.login(signal)),
      options.tools,
      options.origin,
    );
    this.#api = options.api;
    if (options.minting !== undefined) this.minting = options.minting;
  }

  async login(signal: AbortSignal): Promise<DockerLogin> {
    return await this.#api.tokens.login(signal);
  }

  async check({ repository }: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    return await checkAcr({ ...this.#options, repository }, signal);
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    const path = `/acr/v1/_catalog?${pageQuery(page)}`;
    const what = 'listing its repositories';
    const { value, answer } = await this.#api.read(
      { method: 'GET', path, scope: CATALOG, what, signal },
      CatalogAnswer,
    );
    const names = value.repositories.filter((name) => isBelow(name, this.#options.path));
    return paged(
      answer,
      names.map((name) => ({ name })),
    );
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    const list = `_tags?${pageQuery(page)}`;
    const { value, answer } = await this.#list({ repository, list, signal }, TagsAnswer);
    return paged(answer, value.tags.map(tagOf));
  }

  async *images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
    let after: string | undefined;
    do {
      const list = `_manifests?${pageQuery({ limit: MAX_PAGE, ...(after !== undefined && { after }) })}`;
      const { value, answer } = await this.#list({ repository, list, signal }, ManifestsAnswer);
      yield* value.manifests.map(imageOf);
      const next = lastOfNext(answer);
      after = next === after ? undefined : next;
    } while (after !== undefined);
  }

  /** Tags first, then indexes, then what these name. */
  async *delete(
    repository: string,
    targets: readonly DeletionTarget[],
    signal: AbortSignal,
  ): AsyncIterable<DeletionOutcome> {
    const name = repositoryIn(repository);
    const { named, refused } = sortedByName(targets);
    yield* refused;
    const place = (target: DeletionTarget): number => (target.kind === 'tag' ? 0 : target.isIndex ? 1 : 2);
    for (const target of named.toSorted((a, b) => place(a) - place(b))) yield await this.#delete(name, target, signal);
  }

  async #delete(repository: string, target: DeletionTarget, signal: AbortSignal): Promise<DeletionOutcome> {
    const path =
      target.kind === 'tag'
        ? `/acr/v1/${repository}/_tags/${target.tag}`
        : `/v2/${repository}/manifests/${target.digest}`;
    const what = `deleting from ${repository}`;
    const scope = `repository:${repository}:delete`;
    const answer = await this.#api.send({ method: 'DELETE', path, scope, what, signal });
    if (answer.status === 200 || answer.status === 202) return { target, result: 'deleted' };
    if (answer.status === 404) return { target, result: 'gone-already' };
    if (answer.status === 405) return { target, result: 'refused', reason: LOCKED };
    const refusal = this.#api.refusalOf(answer, what);
    if (answer.status === 401 || answer.status === 429 || answer.status >= 500) throw refusal;
    return { target, result: 'refused', reason: refusal.message };
  }

  async #list<Output>(
    { repository, list, signal }: { readonly repository: string; readonly list: string; readonly signal: AbortSignal },
    schema: z.ZodType<Output>,
  ): Promise<{ value: Output; answer: UpstreamAnswer }> {
    const path = `/acr/v1/${repositoryIn(repository)}/${list}`;
    const scope = `repository:${repository}:metadata_read`;
    return await this.#api.read({ method: 'GET', path, scope, what: `listing ${repository}`, signal }, schema);
  }
}

function pageQuery({ after, limit }: PageRequest): string {
  const query = new URLSearchParams({ n: `${Math.min(MAX_PAGE, Math.max(1, limit))}` });
  if (after !== undefined) query.set('last', after);
  return query.toString();
}

function paged<Item>(answer: UpstreamAnswer, items: readonly Item[]): Page<Item> {
  const next = lastOfNext(answer);
  return { items, ...(next !== undefined && { next }) };
}

/** Of the page that follows only where it begins is taken: the rest of its address is ours to say. */
function lastOfNext(answer: UpstreamAnswer): string | undefined {
  return nextOf(answer)?.searchParams.get('last') ?? undefined;
}
