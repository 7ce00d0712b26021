import { ProviderError } from '../provider-error.ts';
import { type Ending, ShortLived } from '../short-lived.ts';
import type { GoogleApi } from './google-api.ts';
import { type GoogleRepository, lastPartOf, RepositoriesAnswer, RepositoryAnswer } from './google-answers.ts';
import type { GoogleHost } from './google-place.ts';

export interface GoogleRepositoriesOptions {
  readonly api: GoogleApi;
  readonly host: GoogleHost;
  readonly project: string;
  /** The only one that is looked at; absent: all of the project. */
  readonly only: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Kept<Value> extends Ending {
  readonly value: Value;
}

/** More repositories than this have no place in one location of one project. */
const MAX_PAGES = 50;

/** Artifact Registry's repositories, which hold what everybody else calls repositories. They seldom change. */
export class GoogleRepositories {
  readonly #options: GoogleRepositoriesOptions;
  readonly #ids: ShortLived<Kept<readonly string[]>>;
  readonly #immutable = new Map<string, ShortLived<Kept<boolean>>>();

  constructor(options: GoogleRepositoriesOptions) {
    this.#options = options;
    this.#ids = new ShortLived<Kept<readonly string[]>>(
      async (signal) => ({ value: await this.#list(signal) }),
      options.now,
    );
  }

  /** `projects/…/locations/…/repositories/…` of one; absent: what they are all in. */
  pathOf(repository?: string, project = this.#options.project): string {
    // The project of an old domain has a colon, which stays.
    const parent = `projects/${encodeURIComponent(project).replace('%3A', ':')}/locations/${this.#options.host.location}/repositories`;
    return repository === undefined ? parent : `${parent}/${encodeURIComponent(repository)}`;
  }

  /** Those that hold images, in the order of the API. */
  async ids(signal: AbortSignal): Promise<readonly string[]> {
    const { only } = this.#options;
    return only === undefined ? (await this.#ids.get(signal)).value : [only];
  }

  /** Whether tags there stay what they are. Where it may not be asked, they are taken not to. */
  async hasImmutableTags(path: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#immutable.get(path) ?? this.#askingAbout(path);
    this.#immutable.set(path, known);
    return (await known.get(signal)).value;
  }

  #askingAbout(path: string): ShortLived<Kept<boolean>> {
    return new ShortLived<Kept<boolean>>(
      async (signal) => ({ value: await this.#ask(path, signal) }),
      this.#options.now,
    );
  }

  async #ask(path: string, signal: AbortSignal): Promise<boolean> {
    try {
      const request = { path, output: RepositoryAnswer, what: 'looking at a repository' };
      return (await this.#options.api.call(request, signal)).dockerConfig?.immutableTags === true;
    } catch (error) {
      if (error instanceof ProviderError && error.diagnosis === 'forbidden') return false;
      throw error;
    }
  }

  async #list(signal: AbortSignal): Promise<readonly string[]> {
    const found: GoogleRepository[] = [];
    let token: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const query = new URLSearchParams({ pageSize: '1000', ...(token !== undefined && { pageToken: token }) });
      const request = { path: `${this.pathOf()}?${query}`, output: RepositoriesAnswer, what: 'listing repositories' };
      const answer = await this.#options.api.call(request, signal);
      found.push(...answer.repositories);
      token = answer.nextPageToken || undefined;
      if (token === undefined) break;
    }
    return found.filter(({ format = 'DOCKER' }) => format === 'DOCKER').map(({ name }) => lastPartOf(name));
  }
}
