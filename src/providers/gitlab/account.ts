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
import { imagesByTags } from '../native/images-by-tags.ts';
import { NativeApi } from '../native/native-api.ts';
import { deleteByTags } from '../native/tag-deletion.ts';
import type { OciAccount } from '../oci/oci-account.ts';
import { inParallel } from '../oci/in-parallel.ts';
import { ProviderError } from '../provider-error.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';
import { checkGitlab } from './check.ts';
import { RENEWAL_FIELD, rotationOf } from './minting.ts';
import { GitlabRepositories } from './repositories.ts';
import { deleteTag, detailsOf, tagNames } from './tags.ts';
import { PageTrail } from '../page-trail.ts';

/** Tags alone: GitLab takes away what has none, when its operator collects its garbage. */
export const GITLAB_DELETION: DeletionRules = {
  tag: 'native',
  manifest: false,
  takesTags: false,
  wantsUntagged: false,
  batch: 1,
};

export interface GitlabOptions {
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
  /** Where GitLab itself is. */
  readonly api: string;
  readonly registry: OciAccount;
}

/** Of so many tags at most, what is behind each is looked up: it takes a request each. */
const MAX_WITH_DETAILS = 100;

/** Somebody, a project or a group at GitLab, by a token that its API takes. */
export class GitlabAccount implements Account {
  readonly deletion = GITLAB_DELETION;
  readonly minting?: Minting;
  readonly reader: ImageReader;
  readonly #registry: OciAccount;
  readonly #api: NativeApi;
  readonly #repositories: GitlabRepositories;

  constructor({ target, tools, api, registry }: GitlabOptions) {
    const { secret } = target;
    this.#registry = registry;
    this.reader = registry.reader;
    this.#api = new NativeApi({
      name: 'GitLab',
      origin: `${api}/api/v4`,
      tools,
      secret,
      authorization: async () => await Promise.resolve(secret === '' ? {} : { 'PRIVATE-TOKEN': secret }),
    });
    this.#repositories = new GitlabRepositories(this.#api, target.url.path);
    // Whoever else has the token is not asked: they have to have agreed.
    if (secret !== '' && target.fields[RENEWAL_FIELD] === 'in-place') {
      this.minting = rotationOf(this.#api, { target, tools });
    }
  }

  async login(signal: AbortSignal): Promise<DockerLogin> {
    return await this.#registry.login(signal);
  }

  async check(options: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    return await checkGitlab(this.#api, { ...options, registry: this.#registry }, signal);
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    return await this.#repositories.page(page, signal);
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    const path = await this.#repositories.pathOf(repository, signal);
    const { items, next } = await tagNames(this.#api, { path, repository, page }, signal);
    const rest = next === undefined ? {} : { next };
    if (page.limit > MAX_WITH_DETAILS) return { items: items.map((name) => ({ name })), ...rest };
    const found = await inParallel(items, async (name) => await detailsOf(this.#api, { path, name }, signal));
    return { items: found.map((details, place) => details ?? { name: items[place] ?? '' }), ...rest };
  }

  async *images(repository: string, signal: AbortSignal): AsyncGenerator<RemoteImage, void> {
    const path = await this.#repositories.pathOf(repository, signal);
    const tags: RemoteTag[] = [];
    const trail = new PageTrail(this.#api.name);
    let after: string | undefined;
    do {
      const page: PageRequest = { limit: MAX_WITH_DETAILS, ...(after !== undefined && { after }) };
      const { items, next } = await tagNames(this.#api, { path, repository, page }, signal);
      const found = await inParallel(items, async (name) => await detailsOf(this.#api, { path, name }, signal));
      // Deleted since it was listed.
      tags.push(...found.filter((tag) => tag !== undefined));
      after = trail.follow(next);
    } while (after !== undefined);
    yield* await imagesByTags(tags);
  }

  async *delete(
    repository: string,
    targets: readonly DeletionTarget[],
    signal: AbortSignal,
  ): AsyncGenerator<DeletionOutcome, void> {
    const path = await this.#pathUnlessGone(repository, signal);
    yield* deleteByTags({
      targets,
      deleteTag: async (name, digest) =>
        path === undefined ? { result: 'gone-already' } : await deleteTag(this.#api, { path, name, digest }, signal),
      untagged: 'GitLab takes images without tags away by itself, when its garbage is collected.',
    });
  }

  async #pathUnlessGone(repository: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await this.#repositories.pathOf(repository, signal);
    } catch (error) {
      if (error instanceof ProviderError && error.status === 404) return undefined;
      throw error;
    }
  }
}
