import type {
  Account,
  CheckReport,
  DeletionOutcome,
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
import { repositoryIn, sortedByName } from '../names.ts';
import { OciAccount } from '../oci/oci-account.ts';
import { staticLogin } from '../oci/static-login.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';
import { listImages, listRepositories, listTags } from './artifacts.ts';
import { HarborApi, splitName } from './harbor-api.ts';
import { checkHarbor } from './harbor-check.ts';
import { deleteFrom, HARBOR_DELETION } from './harbor-deletion.ts';
import { robotMinting, robotRenewal } from './robots.ts';

/** Name of the form whose secrets Harbor can make itself. */
export const ROBOT_FORM = 'robot';
/** Name of the field that says how. */
export const RENEWAL_FIELD = 'renewal';

/** A Harbor: its own API for everything that it has there, `/v2/` to prove who we are. */
export class HarborAccount implements Account {
  readonly deletion = HARBOR_DELETION;
  readonly minting?: Minting;
  readonly reader: ImageReader;
  readonly #target: ProviderTarget;
  readonly #tools: ProviderTools;
  readonly #api: HarborApi;
  readonly #registry: OciAccount;

  constructor(target: ProviderTarget, tools: ProviderTools) {
    this.#target = target;
    this.#tools = tools;
    this.#api = new HarborApi(target, tools);
    // Everybody but an administrator sees an empty catalog.
    this.#registry = new OciAccount({ url: target.url, login: staticLogin(target), hasCatalog: false, tools });
    this.reader = this.#registry.reader;
    if (target.form === ROBOT_FORM && target.secret !== '') {
      const options = { api: this.#api, username: target.username, now: tools.now };
      this.minting = target.fields[RENEWAL_FIELD] === 'in-place' ? robotRenewal(options) : robotMinting(options);
    }
  }

  async login(signal: AbortSignal): Promise<DockerLogin> {
    return await this.#registry.login(signal);
  }

  async check({ repository }: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    const { form, username } = this.#target;
    const checking = { api: this.#api, registry: this.#registry, username, repository, now: this.#tools.now };
    return await checkHarbor({ ...checking, isRobot: form === ROBOT_FORM, project: this.#project }, signal);
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    return await listRepositories(this.#api, { project: this.#project, page }, signal);
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    return await listTags(this.#api, { repository: repositoryIn(repository), page }, signal);
  }

  async *images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
    yield* listImages(this.#api, repositoryIn(repository), signal);
  }

  async *delete(
    repository: string,
    targets: readonly DeletionTarget[],
    signal: AbortSignal,
  ): AsyncIterable<DeletionOutcome> {
    const deleting = { api: this.#api, repository: repositoryIn(repository), secret: this.#target.secret };
    const { named, refused } = sortedByName(targets);
    yield* refused;
    yield* deleteFrom(deleting, named, signal);
  }

  get #project(): string {
    return splitName(this.#target.url.path).project;
  }
}
