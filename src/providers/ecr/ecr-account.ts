import { readerOf } from '../oci/oci-reader.ts';
import type { ProviderTools } from '../provider.ts';
import type { RegistryUrl } from '../registry-url.ts';
import type {
  Account,
  CheckReport,
  DeletionOutcome,
  DeletionTarget,
  DockerLogin,
  ImageReader,
  Page,
  PageRequest,
  RemoteImage,
  RemoteRepositorySummary,
  RemoteTag,
} from '../account.ts';
import { repositoryIn, sortedByName } from '../names.ts';
import { type NativePage, pageOfMany } from '../page-of-many.ts';
import { ProviderError } from '../provider-error.ts';
import { ShortLived } from '../short-lived.ts';
import type { AwsClient } from './aws-client.ts';
import { AuthorizationAnswer, imageOf, ImagesAnswer, RepositoriesAnswer, tagsOf } from './ecr-answers.ts';
import { checkEcr, type EcrIdentity } from './ecr-check.ts';
import { deleteByHundreds, ECR_DELETION, type EcrRepositoryInput } from './ecr-deletion.ts';
import { withChildren } from './ecr-indexes.ts';
import { EcrLifecycle } from './lifecycle.ts';
import { PageTrail } from '../page-trail.ts';

/** What a private registry and the public one call a repository. */
export interface EcrNames {
  /** For operations on the registry as a whole. */
  readonly registry: { readonly registryId?: string };
  /** As operations want it. @throws {ProviderError} it is none of these that this account may ask its API of. */
  inputOf(repository: string, signal: AbortSignal): Promise<EcrRepositoryInput>;
  /** As in a reference, without the host; `undefined`: it does not belong here. */
  nameOf(repository: {
    readonly repositoryName: string;
    readonly repositoryUri?: string | undefined;
  }): string | undefined;
}

export interface EcrAccountOptions {
  readonly client: AwsClient;
  readonly names: EcrNames;
  /** Where images are read; absent: not here. */
  readonly registry?: {
    readonly url: RegistryUrl;
    readonly tools: ProviderTools;
    readonly origin?: string | undefined;
  };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly identity: EcrIdentity;
  /** Waits between two looks at a preview. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** What its operations take at most, and what they give when nobody says. */
const MAX_RESULTS = 1000;

/** A registry of Amazon's, by its own API: the registry API has no catalog there, and no dates. */
export class EcrAccount implements Account {
  readonly deletion = ECR_DELETION;
  readonly lifecycle: EcrLifecycle;
  readonly reader?: ImageReader;
  readonly #options: EcrAccountOptions;
  readonly #login: ShortLived<DockerLogin>;

  constructor(options: EcrAccountOptions) {
    this.#options = options;
    this.#login = new ShortLived(async (signal) => await this.#authorize(signal), options.now);
    this.lifecycle = new EcrLifecycle(options);
    if (options.registry !== undefined) {
      const { url, tools, origin } = options.registry;
      this.reader = readerOf(url, async (signal) => await this.login(signal), tools, origin);
    }
  }

  async login(signal: AbortSignal): Promise<DockerLogin> {
    return await this.#login.get(signal);
  }

  async check({ repository }: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    await this.#login.renew(signal);
    return await checkEcr({ ...this.#options, repository }, signal);
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    const { client, names } = this.#options;
    return await pageOfMany(page, async (nextToken) => {
      const input = { ...names.registry, maxResults: maxOf(page), ...(nextToken !== undefined && { nextToken }) };
      const asked = { operation: 'DescribeRepositories', input, output: RepositoriesAnswer };
      const answer = await client.call(asked, signal);
      const found = answer.repositories.map((repository) => names.nameOf(repository));
      return {
        items: found.filter((name) => name !== undefined).map((name) => ({ name })),
        next: answer.nextToken ?? undefined,
      };
    });
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    const input = { ...(await this.#inputOf(repository, signal)), filter: { tagStatus: 'TAGGED' } };
    return await pageOfMany(page, async (native) => {
      const { items, next } = await this.#describe({ ...input, maxResults: maxOf(page) }, native, signal);
      return { items: items.flatMap(tagsOf), next };
    });
  }

  async *images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
    const target = await this.#inputOf(repository, signal);
    const input = { ...target, maxResults: MAX_RESULTS };
    const trail = new PageTrail('Amazon ECR');
    let native: string | undefined;
    do {
      const page = await this.#describe(input, native, signal);
      const images = page.items.map(imageOf);
      // Of the public registry manifests are read elsewhere.
      const isReadHere = this.#options.registry !== undefined;
      yield* isReadHere ? await withChildren(this.#options.client, target, { images, signal }) : images;
      native = trail.follow(page.next);
    } while (native !== undefined);
  }

  async *delete(
    repository: string,
    targets: readonly DeletionTarget[],
    signal: AbortSignal,
  ): AsyncIterable<DeletionOutcome> {
    const input = await this.#inputOf(repository, signal);
    const { named, refused } = sortedByName(targets);
    yield* refused;
    yield* deleteByHundreds(this.#options.client, input, { targets: named, signal });
  }

  async #inputOf(repository: string, signal: AbortSignal): Promise<EcrRepositoryInput> {
    return await this.#options.names.inputOf(repositoryIn(repository), signal);
  }

  async #describe(
    input: Readonly<Record<string, unknown>>,
    nextToken: string | undefined,
    signal: AbortSignal,
  ): Promise<NativePage<(typeof ImagesAnswer)['_output']['imageDetails'][number]>> {
    const asked = { ...input, ...(nextToken !== undefined && { nextToken }) };
    const operation = { operation: 'DescribeImages', input: asked, output: ImagesAnswer };
    const answer = await this.#options.client.call(operation, signal);
    return { items: answer.imageDetails, next: answer.nextToken ?? undefined };
  }

  /** Good for twelve hours at all registries of the region that AWS lets these credentials into. */
  async #authorize(signal: AbortSignal): Promise<DockerLogin> {
    const asked = { operation: 'GetAuthorizationToken', input: {}, output: AuthorizationAnswer };
    const [data] = (await this.#options.client.call(asked, signal)).authorizationData;
    const text = Buffer.from(data?.authorizationToken ?? '', 'base64').toString();
    const [, username, password] = /^([^:]+):(.+)$/s.exec(text) ?? [];
    if (data === undefined || username === undefined || password === undefined) {
      throw new ProviderError('malformed', 'AWS gives a login that is none.');
    }
    return { username, password, expiresAt: data.expiresAt };
  }
}

function maxOf({ limit }: PageRequest): number {
  return Math.min(MAX_RESULTS, Math.max(1, limit));
}
