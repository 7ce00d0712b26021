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
import { readerOf } from '../oci/oci-reader.ts';
import { isBelow } from '../oci/lists.ts';
import { type NativePage, pageOfMany } from '../page-of-many.ts';
import { repositoryIn } from '../names.ts';
import { ProviderError } from '../provider-error.ts';
import type { ShortLived } from '../short-lived.ts';
import {
  type GoogleVersion,
  imageOf,
  lastPartOf,
  PackagesAnswer,
  TagsAnswer,
  tagsOf,
  VersionsAnswer,
} from './google-answers.ts';
import type { GoogleApi } from './google-api.ts';
import { checkGoogle } from './google-check.ts';
import { deleteFromPackage, GOOGLE_DELETION } from './google-deletion.ts';
import { type GoogleHost, googlePlaceOf, nameOf } from './google-place.ts';
import type { GoogleRepositories } from './google-repositories.ts';
import type { GoogleToken } from './service-account.ts';
import { PageTrail } from '../page-trail.ts';

export interface GoogleAccountOptions {
  readonly url: RegistryUrl;
  readonly tools: ProviderTools;
  readonly api: GoogleApi;
  readonly token: ShortLived<GoogleToken>;
  readonly host: GoogleHost;
  readonly project: string;
  readonly repositories: GoogleRepositories;
  /** Only what is of this name, or below it; empty: all of the project. */
  readonly path: string;
  /** Who the key is of, where that is known. */
  readonly email: string | undefined;
  /** Where its `/v2/` is. Default: as its URL says. */
  readonly registry?: string;
  /** Waits between two looks at something that takes its time. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Docker's name for whoever has an access token. */
const TOKEN_USERNAME = 'oauth2accesstoken';
const MAX_PAGE = 1000;
/** A version tells of so many of its tags, and no more. */
const MOST_RELATED_TAGS = 100;

/** Artifact Registry, by its own API: what has a name in a reference is a package there, and an image is a version. */
export class GoogleAccount implements Account {
  readonly deletion = GOOGLE_DELETION;
  readonly reader: ImageReader;
  readonly #options: GoogleAccountOptions;

  constructor(options: GoogleAccountOptions) {
    this.#options = options;
    const { url, tools, registry } = options;
    this.reader = readerOf(url, async (signal) => await this.login(signal), tools, registry);
  }

  async login(signal: AbortSignal): Promise<DockerLogin> {
    const { text, expiresAt } = await this.#options.token.get(signal);
    return { username: TOKEN_USERNAME, password: text, ...(expiresAt !== undefined && { expiresAt }) };
  }

  async check({ repository }: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    await this.#options.token.renew(signal);
    return await checkGoogle({ ...this.#options, repository }, signal);
  }

  /** Goes through the repositories of the project, one after another: `repository/token` is a place on that way. */
  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    const { host, project, repositories, path } = this.#options;
    const ids = await repositories.ids(signal);
    return await pageOfMany(page, async (native) => {
      const slash = native?.indexOf('/') ?? -1;
      const repository = native === undefined ? ids[0] : native.slice(0, slash);
      if (repository === undefined) return { items: [], next: undefined };
      const list = `${repositories.pathOf(repository)}/packages?${queryOf(page.limit, native?.slice(slash + 1))}`;
      const request = { path: list, output: PackagesAnswer, what: 'listing images' };
      const answer = await this.#options.api.call(request, signal);
      const items = answer.packages.map(({ name, updateTime }) => ({
        name: nameOf({ project, repository, image: lastPartOf(name) }, host),
        ...(updateTime !== undefined && { pushedAt: updateTime }),
      }));
      const following = ids[ids.indexOf(repository) + 1];
      const end = following === undefined ? undefined : `${following}/`;
      const next = answer.nextPageToken ? `${repository}/${answer.nextPageToken}` : end;
      return { items: items.filter(({ name }) => isBelow(name, path)), next };
    });
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    const found = this.#packageOf(repository);
    const areImmutable = await this.#options.repositories.hasImmutableTags(found.parent, signal);
    return await pageOfMany(page, async (native) => {
      const { items, next } = await this.#versions(found.path, { limit: page.limit, token: native }, signal);
      const tags = await Promise.all(
        items.map(async (version) => tagsOf(version, await this.#tagNames(found.path, version, signal), areImmutable)),
      );
      return { items: tags.flat(), next };
    });
  }

  async *images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
    const found = this.#packageOf(repository);
    const areImmutable = await this.#options.repositories.hasImmutableTags(found.parent, signal);
    const trail = new PageTrail('Google');
    let token: string | undefined;
    do {
      const page = await this.#versions(found.path, { limit: MAX_PAGE, token }, signal);
      for (const version of page.items) {
        yield imageOf(version, await this.#tagNames(found.path, version, signal), areImmutable);
      }
      token = trail.follow(page.next);
    } while (token !== undefined);
  }

  async *delete(
    repository: string,
    targets: readonly DeletionTarget[],
    signal: AbortSignal,
  ): AsyncIterable<DeletionOutcome> {
    const { api, wait } = this.#options;
    yield* deleteFromPackage({ api, path: this.#packageOf(repository).path, wait, signal }, targets);
  }

  /** @throws {ProviderError} the name is not one of an image. */
  #packageOf(name: string): { readonly parent: string; readonly path: string } {
    repositoryIn(name);
    const { host, repositories } = this.#options;
    const place = googlePlaceOf(name, host);
    if (place?.repository === undefined || place.image === undefined) {
      const form = host.legacyRepository === undefined ? 'project/repository/image' : 'project/image';
      throw new ProviderError('unsupported', `Images have names such as ${form} there: ${name} is none.`);
    }
    const parent = repositories.pathOf(place.repository, place.project);
    return { parent, path: `${parent}/packages/${encodeURIComponent(place.image)}` };
  }

  async #versions(
    path: string,
    { limit, token }: { readonly limit: number; readonly token: string | undefined },
    signal: AbortSignal,
  ): Promise<NativePage<GoogleVersion>> {
    const list = `${path}/versions?view=FULL&${queryOf(limit, token)}`;
    const request = { path: list, output: VersionsAnswer, what: 'listing versions' };
    const answer = await this.#options.api.call(request, signal);
    return { items: answer.versions, next: answer.nextPageToken || undefined };
  }

  async #tagNames(path: string, version: GoogleVersion, signal: AbortSignal): Promise<readonly string[]> {
    const related = version.relatedTags.map(({ name }) => lastPartOf(name));
    if (related.length < MOST_RELATED_TAGS) return related;
    const names: string[] = [];
    const trail = new PageTrail('Google');
    let token: string | undefined;
    do {
      const filter = new URLSearchParams({ filter: `version="${version.name}"` });
      const list = `${path}/tags?${filter}&${queryOf(MAX_PAGE, token)}`;
      const request = { path: list, output: TagsAnswer, what: 'listing tags' };
      const answer = await this.#options.api.call(request, signal);
      names.push(...answer.tags.map(({ name }) => lastPartOf(name)));
      token = trail.follow(answer.nextPageToken || undefined);
    } while (token !== undefined);
    return names;
  }
}

function queryOf(limit: number, token: string | undefined): URLSearchParams {
  const query = new URLSearchParams({ pageSize: `${Math.min(MAX_PAGE, Math.max(1, limit))}` });
  if (token !== undefined && token !== '') query.set('pageToken', token);
  return query;
}
