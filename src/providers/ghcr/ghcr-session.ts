import { textIn } from '../native/json-fields.ts';
import { linkToNext, NativeApi, onlyNamed, queryOfNext } from '../native/native-api.ts';
import type { JsonObject } from '../../oci/json-object.ts';
import { type Method, OciSession } from '../oci/oci-session.ts';
import type { NativePage } from '../page-of-many.ts';
import { ProviderError } from '../provider-error.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';
import { repositoryIn } from '../names.ts';
import { PageTrail } from '../page-trail.ts';

export interface GhcrPlaces {
  /** GitHub's own API. */
  readonly api: string;
  readonly registry: string;
}

export interface GhcrOptions {
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
  readonly places: GhcrPlaces;
}

/** The most that GitHub gives at once. */
const PAGE_SIZE = 100;
const PAGE_PARAMETERS = ['page', 'per_page', 'package_type', 'state'];

/** Somebody at GitHub: its API, and its registry. */
export class GhcrSession {
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
  readonly api: NativeApi;
  readonly registry: OciSession;
  /** Known, so that no challenge is needed to find it. */
  readonly tokenService: Method & { kind: 'bearer' };
  readonly #roots = new Map<string, string>();

  constructor({ target, tools, places }: GhcrOptions) {
    const { secret } = target;
    this.target = target;
    this.tools = tools;
    this.api = new NativeApi({
      name: 'GitHub',
      origin: places.api,
      tools,
      secret,
      authorization: async () =>
        await Promise.resolve({
          Accept: 'application/vnd.github+json',
          'X-GitHub-Api-Version': '2022-11-28',
          ...(secret !== '' && { Authorization: `Bearer ${secret}` }),
        }),
    });
    const login = secret === '' ? undefined : { username: target.username, password: secret };
    this.registry = new OciSession({
      name: 'ghcr.io',
      origin: places.registry,
      login: async () => await Promise.resolve(login),
      refusalOfTokens: 'wrong-credentials',
      tools,
    });
    this.tokenService = { kind: 'bearer', realm: new URL(`${places.registry}/token`), service: 'ghcr.io' };
    this.registry.use(this.tokenService);
  }

  /** Whose packages are listed when nobody says more. */
  get owner(): string {
    const [owner = ''] = this.target.url.path.split('/');
    return (owner === '' ? this.target.username : owner).toLowerCase();
  }

  /** Where the packages of somebody are: people and organizations have theirs in different places. */
  async rootOf(owner: string, signal: AbortSignal): Promise<string> {
    const known = this.#roots.get(owner);
    if (known !== undefined) return known;
    const path = `/users/${encodeURIComponent(owner)}`;
    const { object } = await this.api.object({ path, signal }, `looking who ${owner} is`);
    const root = textIn(object, 'type') === 'Organization' ? `/orgs/${encodeURIComponent(owner)}` : path;
    this.#roots.set(owner, root);
    return root;
  }

  /**
   * @param repository with its owner: `owner/app/api`, whose package is `app/api`.
   * @throws {ProviderError} `not-found`: there is no such owner, or none can have that name.
   */
  async packageOf(repository: string, signal: AbortSignal): Promise<string> {
    const slash = repositoryIn(repository).indexOf('/');
    if (slash === -1) {
      throw new ProviderError(
        'not-found',
        `Packages of GitHub have an owner, as in owner/app: ${repository} has none.`,
      );
    }
    const root = await this.rootOf(repository.slice(0, slash), signal);
    return `${root}/packages/container/${encodeURIComponent(repository.slice(slash + 1))}`;
  }

  /** @param native the query of the page, as the one before gave it. */
  async page(
    path: string,
    { query, native, doing }: { readonly query: string; readonly native: string | undefined; readonly doing: string },
    signal: AbortSignal,
  ): Promise<NativePage<JsonObject>> {
    const first = `${query}per_page=${PAGE_SIZE}`;
    const asked = native === undefined ? first : onlyNamed(new URLSearchParams(native), PAGE_PARAMETERS);
    const { items, answer } = await this.api.list({ path: `${path}?${asked}`, signal }, doing);
    return { items, next: queryOfNext(linkToNext(answer), PAGE_PARAMETERS) };
  }

  /** Everything of a list. */
  async *all(path: string, doing: string, signal: AbortSignal): AsyncGenerator<JsonObject, void> {
    const trail = new PageTrail(this.api.name);
    let native: string | undefined;
    do {
      const page = await this.page(path, { query: '', native, doing }, signal);
      yield* page.items;
      native = trail.follow(page.next);
    } while (native !== undefined);
  }
}
