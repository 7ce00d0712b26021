import type { JsonObject } from '../../oci/json-object.ts';
import type {
  Account,
  CheckReport,
  DeletionOutcome,
  DeletionRules,
  DeletionTarget,
  DockerLogin,
  ImageReader,
  Page,
  PageRequest,
  RemoteImage,
  RemoteRepositorySummary,
  RemoteTag,
} from '../account.ts';
import { imagesByTags } from '../native/images-by-tags.ts';
import { numberIn, objectsIn, present, textIn } from '../native/json-fields.ts';
import { NativeApi } from '../native/native-api.ts';
import { deleteByTags, type DeletionResult, movedSince } from '../native/tag-deletion.ts';
import type { OciAccount } from '../oci/oci-account.ts';
import { repositoryIn } from '../names.ts';
import { pageOfMany } from '../page-of-many.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';
import { PageTrail } from '../page-trail.ts';

/** Tags alone: what has none is taken away by Quay itself, and can be had back until then. */
export const QUAY_DELETION: DeletionRules = {
  tag: 'native',
  manifest: false,
  takesTags: false,
  wantsUntagged: false,
  batch: 1,
};

/** The most that Quay gives at once. */
const MAX_PAGE = 100;
const INDEX = 'application/vnd.oci.image.index.v1+json';

export interface QuayOptions {
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
  readonly registry: OciAccount;
}

/** An application at Quay, by a token that its API takes. */
export class QuayAccount implements Account {
  readonly deletion = QUAY_DELETION;
  readonly reader: ImageReader;
  readonly #registry: OciAccount;
  readonly #api: NativeApi;
  readonly #namespace: string;

  constructor({ target, tools, registry }: QuayOptions) {
    const { url, secret } = target;
    this.#registry = registry;
    this.reader = registry.reader;
    this.#namespace = url.path.split('/')[0] ?? '';
    this.#api = new NativeApi({
      name: 'Quay',
      origin: `${url.scheme}://${url.host}/api/v1`,
      tools,
      secret,
      authorization: async () =>
        await Promise.resolve<Readonly<Record<string, string>>>(
          secret === '' ? {} : { Authorization: `Bearer ${secret}` },
        ),
    });
  }

  async login(signal: AbortSignal): Promise<DockerLogin> {
    return await this.#registry.login(signal);
  }

  /** The registry says what may be done with a repository; the API, whether it can be listed. */
  async check(options: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    const { name } = this.#api;
    await this.#listing({ limit: 1 }, undefined, signal);
    const found = await this.#registry.check(options, signal);
    const account = found.account === '$oauthtoken' ? `an application of ${this.#namespace} at ${name}` : found.account;
    return { ...found, abilities: { ...found.abilities, list: 'yes' }, ...present({ account }) };
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    return await pageOfMany(page, async (native) => {
      const object = await this.#listing(page, native, signal);
      const items = objectsIn(object, 'repositories').flatMap((item): readonly RemoteRepositorySummary[] => {
        const name = textIn(item, 'name');
        if (name === undefined) return [];
        const seconds = numberIn(item, 'last_modified');
        const isPublic = item['is_public'];
        return [
          {
            name: `${textIn(item, 'namespace') ?? this.#namespace}/${name}`,
            ...present({
              description: textIn(item, 'description'),
              isPublic: typeof isPublic === 'boolean' ? isPublic : undefined,
              pushedAt: seconds === undefined ? undefined : new Date(seconds * 1000),
            }),
          },
        ];
      });
      return { items, next: textIn(object, 'next_page') };
    });
  }

  async tags(repository: string, { after, limit, search }: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    const number = Math.max(1, Math.trunc(Number(after ?? 1)) || 1);
    const query = new URLSearchParams({
      limit: String(Math.min(limit, MAX_PAGE)),
      page: String(number),
      onlyActiveTags: 'true',
      ...(search !== undefined && search !== '' && { filter_tag_name: `like:${search}` }),
    });
    const path = `${pathOf(repository)}/tag/?${query.toString()}`;
    const { object } = await this.#api.object({ path, signal }, `listing the tags of ${repository}`);
    const items = objectsIn(object, 'tags').flatMap(tagOf);
    return { items, ...(object['has_additional'] === true && { next: String(number + 1) }) };
  }

  async *images(repository: string, signal: AbortSignal): AsyncGenerator<RemoteImage, void> {
    yield* await imagesByTags(this.#allTags(repository, signal));
  }

  delete(repository: string, targets: readonly DeletionTarget[], signal: AbortSignal): AsyncIterable<DeletionOutcome> {
    return deleteByTags({
      targets,
      deleteTag: async (tag, digest) => await this.#deleteTag({ repository, tag, digest }, signal),
      untagged: 'Quay takes images without tags away by itself.',
    });
  }

  async *#allTags(repository: string, signal: AbortSignal): AsyncGenerator<RemoteTag, void> {
    const trail = new PageTrail('Quay');
    let after: string | undefined;
    do {
      const page: Page<RemoteTag> = await this.tags(
        repository,
        { limit: MAX_PAGE, ...(after !== undefined && { after }) },
        signal,
      );
      yield* page.items;
      after = trail.follow(page.next);
    } while (after !== undefined);
  }

  async #deleteTag(
    {
      repository,
      tag,
      digest,
    }: { readonly repository: string; readonly tag: string; readonly digest: string | undefined },
    signal: AbortSignal,
  ): Promise<DeletionResult> {
    const path = `${pathOf(repository)}/tag/`;
    const name = encodeURIComponent(tag);
    if (digest !== undefined) {
      const query = `?specificTag=${name}&onlyActiveTags=true&limit=1`;
      const { object } = await this.#api.object({ path: path + query, signal }, `looking at the tag ${tag}`);
      const [found] = objectsIn(object, 'tags').flatMap(tagOf);
      if (found === undefined) return { result: 'gone-already' };
      if (found.digest !== digest) return movedSince(tag);
    }
    const answer = await this.#api.send({ method: 'DELETE', path: path + name, signal });
    if (answer.status === 404) return { result: 'gone-already' };
    if (answer.status >= 200 && answer.status < 300) return { result: 'deleted' };
    if (answer.status === 429 || answer.status === 401) throw this.#api.refusalOf(answer, `deleting the tag ${tag}`);
    return { result: 'refused', reason: this.#api.reasonOf(answer) };
  }

  async #listing(
    { limit }: { readonly limit: number },
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const query = new URLSearchParams({
      namespace: this.#namespace,
      limit: String(Math.min(limit, MAX_PAGE)),
      last_modified: 'true',
      ...(next !== undefined && { next_page: next }),
    });
    const path = `/repository?${query.toString()}`;
    return (await this.#api.object({ path, signal }, `listing the repositories of ${this.#namespace}`)).object;
  }
}

function pathOf(repository: string): string {
  return `/repository/${repositoryIn(repository)}`;
}

function tagOf(item: JsonObject): readonly RemoteTag[] {
  const [name, started] = [textIn(item, 'name'), numberIn(item, 'start_ts')];
  if (name === undefined) return [];
  const found = {
    digest: textIn(item, 'manifest_digest'),
    mediaType: item['is_manifest_list'] === true ? INDEX : undefined,
    bytes: numberIn(item, 'size'),
    pushedAt: started === undefined ? undefined : new Date(started * 1000),
  };
  return [{ name, ...present(found) }];
}
