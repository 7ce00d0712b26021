import { OciReader } from '../oci/oci-reader.ts';
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
import { ProviderError } from '../provider-error.ts';
import { checkHub } from './check.ts';
import { deleteFromHub } from './deletion.ts';
import { type HubOptions, type HubSession, openHub } from './hub-session.ts';
import { hubNameOf, imagesOf, repositoriesOf, tagsOf } from './lists.ts';
import { mintingOf } from './minting.ts';

/** Somebody at Docker Hub, or, without a secret, anybody. */
export class DockerHubAccount implements Account {
  /** An image that has a tag, or that an index names, is not deleted: tags go first, then indexes. */
  readonly deletion: DeletionRules = {
    tag: 'native',
    manifest: true,
    takesTags: false,
    wantsUntagged: true,
    batch: 1,
  };
  readonly minting?: Minting;
  readonly reader: ImageReader;
  readonly #session: HubSession;

  constructor(options: HubOptions) {
    this.#session = openHub(options);
    this.reader = new OciReader(this.#session.registry, (repository) => {
      const { namespace, name } = hubNameOf(repository);
      return `${namespace}/${name}`;
    });
    // A token cannot make tokens, whatever form it was given in.
    const { form, secret } = options.target;
    if (form === 'password' && secret !== '' && !secret.startsWith('dckr_')) this.minting = mintingOf(this.#session);
  }

  async login(): Promise<DockerLogin> {
    const { username, secret } = this.#session.target;
    if (secret !== '') return { username, password: secret };
    throw new ProviderError('unsupported', 'Docker Hub is used without a username and a password here.');
  }

  async check({ repository }: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    return await checkHub(this.#session, repository, signal);
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    return await repositoriesOf(this.#session, page, signal);
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    return await tagsOf(this.#session.api, { repository, ...page }, signal);
  }

  images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
    return imagesOf(this.#session.api, repository, signal);
  }

  delete(repository: string, targets: readonly DeletionTarget[], signal: AbortSignal): AsyncIterable<DeletionOutcome> {
    return deleteFromHub(this.#session, { repository, targets, signal });
  }
}
