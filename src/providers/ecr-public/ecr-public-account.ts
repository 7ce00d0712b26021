import type {
  Account,
  DeletionOutcome,
  DeletionTarget,
  ImageReader,
  Page,
  PageRequest,
  RemoteImage,
  RemoteTag,
} from '../account.ts';
import type { EcrAccount, EcrNames } from '../ecr/ecr-account.ts';
import type { AwsClient } from '../ecr/aws-client.ts';
import { AwsError } from '../ecr/aws-error.ts';
import { RepositoriesAnswer } from '../ecr/ecr-answers.ts';
import { repositoryIn } from '../names.ts';
import { ProviderError } from '../provider-error.ts';

/**
 * The names of the public registry: in references they begin with an alias of the registry that they are of. Its API
 * knows the names of our own registry alone, and without that alias: it is never asked about those of others, whose
 * names may be the same.
 */
export class EcrPublicNames implements EcrNames {
  readonly registry = {};
  readonly #client: AwsClient;
  readonly #path: string;
  readonly #isOwnByName = new Map<string, boolean>();

  /** @param path an alias, or an alias and a name: others are not shown. */
  constructor(client: AwsClient, path: string) {
    this.#client = client;
    this.#path = path;
  }

  async inputOf(repository: string, signal: AbortSignal): Promise<{ repositoryName: string }> {
    if (await this.isOwn(repository, signal)) return { repositoryName: withoutAlias(repository) };
    throw new ProviderError('unsupported', `${repository} is not of the registry that these credentials belong to.`);
  }

  async isOwn(repository: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#isOwnByName.get(repository);
    if (known !== undefined) return known;
    const isOwn = await this.#find(repository, signal);
    this.#isOwnByName.set(repository, isOwn);
    return isOwn;
  }

  nameOf({ repositoryUri = '' }: { readonly repositoryUri?: string | undefined }): string | undefined {
    const name = repositoryUri.slice(repositoryUri.indexOf('/') + 1);
    const path = this.#path;
    return path === '' || name === path || name.startsWith(`${path}/`) ? name : undefined;
  }

  async #find(repository: string, signal: AbortSignal): Promise<boolean> {
    const repositoryName = withoutAlias(repository);
    if (repositoryName === '') return false;
    const input = { repositoryNames: [repositoryName] };
    try {
      const asked = { operation: 'DescribeRepositories', input, output: RepositoriesAnswer };
      const { repositories } = await this.#client.call(asked, signal);
      return repositories.some(({ repositoryUri = '' }) => repositoryUri.endsWith(`/${repository}`));
    } catch (error) {
      if (error instanceof AwsError && error.type === 'RepositoryNotFoundException') return false;
      throw error;
    }
  }
}

export interface EcrPublicParts {
  /** By AWS's API, with its credentials. */
  readonly own: EcrAccount;
  /** By the registry API, which everybody may use. */
  readonly others: Account & { readonly reader: ImageReader };
  readonly names: EcrPublicNames;
}

/** The public registry: our own repositories by AWS's API, those of others as everybody sees them. */
export function ecrPublicAccount({ own, others, names }: EcrPublicParts): Account {
  const accountFor = async (repository: string, signal: AbortSignal): Promise<Account> =>
    (await names.isOwn(repositoryIn(repository), signal)) ? own : others;
  return {
    deletion: own.deletion,
    login: async (signal) => await own.login(signal),
    check: async ({ repository }, signal) => {
      // Rights are tried on what is ours: at those of others nobody has any.
      const isTried = repository !== undefined && (await names.isOwn(repository, signal));
      return await own.check(isTried ? { repository } : {}, signal);
    },
    repositories: async (page, signal) => await own.repositories(page, signal),
    tags: async (repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> =>
      await (await accountFor(repository, signal)).tags(repository, page, signal),
    // Everybody may read, also what is ours.
    reader: others.reader,
    async *images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
      yield* (await accountFor(repository, signal)).images(repository, signal);
    },
    delete: (repository, targets: readonly DeletionTarget[], signal): AsyncIterable<DeletionOutcome> =>
      own.delete(repository, targets, signal),
  };
}

function withoutAlias(repository: string): string {
  const slash = repository.indexOf('/');
  return slash < 0 ? '' : repository.slice(slash + 1);
}
