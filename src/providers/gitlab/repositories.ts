import type { JsonObject } from '../../oci/json-object.ts';
import type { Page, PageRequest, RemoteRepositorySummary } from '../account.ts';
import { numberIn, present, textIn } from '../native/json-fields.ts';
import { linkToNext, type NativeApi, onlyNamed, queryOfNext } from '../native/native-api.ts';
import { repositoryIn } from '../names.ts';
import { ProviderError } from '../provider-error.ts';
import { PageTrail } from '../page-trail.ts';

const MAX_PAGE = 100;
/** Of offsets, and of key sets. */
export const PAGE_PARAMETERS: readonly string[] = [
  'page',
  'per_page',
  'pagination',
  'order_by',
  'sort',
  'last',
  'cursor',
  'page_token',
  'id_after',
  'id_before',
  'tags_count',
];

/** An image has up to so many names below its project. */
const MAX_NAMES_BELOW = 2;

/** The container repositories of a project or group, and where each is in GitLab's API, which knows them by number. */
export class GitlabRepositories {
  readonly #api: NativeApi;
  /** Behind the host of the registry: a group, a project; empty: nobody said. */
  readonly #place: string;
  readonly #paths = new Map<string, string>();
  #list: string | undefined;

  constructor(api: NativeApi, place: string) {
    this.#api = api;
    this.#place = place.toLowerCase();
  }

  async page({ after, limit }: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    if (this.#place === '') {
      throw new ProviderError(
        'unsupported',
        'GitLab lists the images of a project or a group: name it behind the host, as in registry.gitlab.com/group/project.',
      );
    }
    const list = await this.#findList(signal);
    const first = `tags_count=true&per_page=${Math.min(limit, MAX_PAGE)}`;
    const query = after === undefined ? first : onlyNamed(new URLSearchParams(after), PAGE_PARAMETERS);
    const doing = `listing the images of ${this.#place}`;
    const { items, answer } = await this.#api.list({ path: `${list}?${query}`, signal }, doing);
    for (const item of items) this.#remember(item);
    const total = Number(answer.headers.get('x-total') ?? Number.NaN);
    return {
      items: items.flatMap((item) => {
        const name = textIn(item, 'path');
        return name === undefined ? [] : [{ name, ...present({ tags: numberIn(item, 'tags_count') }) }];
      }),
      ...present({
        next: queryOfNext(linkToNext(answer), PAGE_PARAMETERS),
        total: Number.isFinite(total) ? total : undefined,
      }),
    };
  }

  /**
   * Where a repository is in the API. Where its project ends and its name within begins is not written in its name: the
   * longest that is a project is it.
   *
   * @throws {ProviderError} `not-found`, with the status 404: there is none.
   */
  async pathOf(repository: string, signal: AbortSignal): Promise<string> {
    const known = this.#paths.get(repository);
    if (known !== undefined) return known;
    const names = repositoryIn(repository).split('/');
    for (let below = 0; below <= MAX_NAMES_BELOW && names.length - below >= 2; below += 1) {
      const project = names.slice(0, names.length - below).join('/');
      await this.#rememberAllOf(project, signal);
      const found = this.#paths.get(repository);
      if (found !== undefined) return found;
    }
    throw new ProviderError('not-found', `GitLab has no images at ${repository}, or none that this token may see.`, {
      status: 404,
    });
  }

  async #rememberAllOf(project: string, signal: AbortSignal): Promise<void> {
    const list = `/projects/${encodeURIComponent(project)}/registry/repositories`;
    const trail = new PageTrail(this.#api.name);
    let query: string | undefined = `per_page=${MAX_PAGE}`;
    while (query !== undefined) {
      const answer = await this.#api.send({ path: `${list}?${query}`, signal });
      if (answer.status === 404) return;
      if (answer.status !== 200) throw this.#api.refusalOf(answer, `listing the images of ${project}`);
      const { items } = this.#api.listIn(answer, `listing the images of ${project}`);
      for (const item of items) this.#remember(item);
      query = trail.follow(queryOfNext(linkToNext(answer), PAGE_PARAMETERS));
    }
  }

  #remember(item: JsonObject): void {
    const [path, id, project] = [textIn(item, 'path'), numberIn(item, 'id'), numberIn(item, 'project_id')];
    if (path === undefined || id === undefined || project === undefined) return;
    this.#paths.set(path, `/projects/${project}/registry/repositories/${id}`);
  }

  /** What stands behind the host may be a project, or a group of them. */
  async #findList(signal: AbortSignal): Promise<string> {
    if (this.#list !== undefined) return this.#list;
    const place = encodeURIComponent(this.#place);
    const answer = await this.#api.send({ path: `/projects/${place}`, signal });
    if (answer.status !== 200 && answer.status !== 404) {
      throw this.#api.refusalOf(answer, `looking at the project ${this.#place}`);
    }
    this.#list = `/${answer.status === 200 ? 'projects' : 'groups'}/${place}/registry/repositories`;
    return this.#list;
  }
}
