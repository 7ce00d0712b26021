import type {
  Account,
  CheckReport,
  DeletionOutcome,
  DeletionRules,
  DeletionTarget,
  DockerLogin,
  Page,
  PageRequest,
  RemoteImage,
  RemoteRepositorySummary,
  RemoteTag,
} from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import type { RegistryUrl } from '../registry-url.ts';
import { checkRegistry } from './check.ts';
import { deleteTargets } from './deletion.ts';
import { imagesOf } from './images.ts';
import { listRepositories, listTags } from './lists.ts';
import { repositoryIn, sortedByName } from '../names.ts';
import { OciReader } from './oci-reader.ts';
import { OciSession, type OciSessionOptions } from './oci-session.ts';

export interface OciAccountOptions extends Omit<OciSessionOptions, 'name' | 'origin'> {
  readonly url: RegistryUrl;
  /** Where its `/v2/` is. Default: at the URL. */
  readonly origin?: string;
  /** Default: what the specification says, {@link OCI_DELETION}. */
  readonly deletion?: DeletionRules;
  /** Whether it may have a catalog. Default `true`. */
  readonly hasCatalog?: boolean;
  /** Whether it may have deletion switched off for everybody: a check then tries it. Default `false`. */
  readonly triesDeletion?: boolean;
}

/** @see distribution-spec v1.1.1 §Deleting Manifests, §Deleting Tags */
export const OCI_DELETION: DeletionRules = {
  tag: 'native',
  manifest: true,
  takesTags: true,
  wantsUntagged: false,
  batch: 1,
};

/** A registry by nothing but the API that all of them have, `/v2/`. */
export class OciAccount implements Account {
  readonly deletion: DeletionRules;
  readonly reader: OciReader;
  /** For requests that only some kinds make. */
  readonly session: OciSession;
  readonly #options: OciAccountOptions;

  constructor(options: OciAccountOptions) {
    const { url, origin = `${url.scheme}://${url.host}` } = options;
    this.#options = options;
    this.deletion = options.deletion ?? OCI_DELETION;
    this.session = new OciSession({ ...options, name: url.host, origin });
    this.reader = new OciReader(this.session);
  }

  async login(signal: AbortSignal): Promise<DockerLogin> {
    const login = await this.#options.login(signal);
    if (login !== undefined) return login;
    throw new ProviderError('unsupported', `${this.#options.url.host} is used without a username and a password.`);
  }

  async check(options: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    const { url, hasCatalog = true, triesDeletion = false } = this.#options;
    const { session } = this;
    if (options.repository !== undefined) repositoryIn(options.repository);
    return await checkRegistry(
      { session, name: url.host, hasCatalog, triesDeletion, below: url.path, ...options },
      signal,
    );
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    return await listRepositories(this.session, { ...page, below: this.#options.url.path }, signal);
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    return await listTags(this.session, repositoryIn(repository), { page, signal });
  }

  async *images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
    yield* imagesOf(this.session, repositoryIn(repository), signal);
  }

  async *delete(
    repository: string,
    targets: readonly DeletionTarget[],
    signal: AbortSignal,
  ): AsyncIterable<DeletionOutcome> {
    const deleting = { session: this.session, repository: repositoryIn(repository), rules: this.deletion, signal };
    const { named, refused } = sortedByName(targets);
    yield* refused;
    yield* deleteTargets(deleting, named);
  }
}
