import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { JsonObject } from '../../oci/json-object.ts';
import { objectsOf } from '../native/json-fields.ts';
import { NativeApi } from '../native/native-api.ts';
import { objectIn } from '../oci/answer.ts';
import { basicOf } from '../oci/basic.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';

/** More in a page is refused. */
export const MAX_PAGE_SIZE = 100;

export interface HarborPage {
  readonly items: readonly JsonObject[];
  /** Of all pages. */
  readonly total: number | undefined;
}

export interface PageWanted {
  /** Behind `/api/v2.0`, without a query. */
  readonly path: string;
  readonly page: number;
  readonly size: number;
  readonly query?: Readonly<Record<string, string>>;
  /** For the message: `listing its repositories`. */
  readonly doing: string;
  readonly signal: AbortSignal;
}

/** Harbor's own API, version 2.0, as its Swagger file says. */
export class HarborApi {
  readonly #api: NativeApi;

  constructor({ url, username, secret }: ProviderTarget, tools: ProviderTools) {
    const headers = {
      // A project whose name is a number is meant by its name.
      'X-Is-Resource-Name': 'true',
      ...(secret !== '' && { Authorization: basicOf({ username, password: secret }) }),
    };
    this.#api = new NativeApi({
      name: url.host,
      origin: `${url.scheme}://${url.host}/api/v2.0`,
      tools,
      secret,
      authorization: () => Promise.resolve(headers),
    });
  }

  /** @throws {ProviderError} */
  async page({ path, page, size, query, doing, signal }: PageWanted): Promise<HarborPage> {
    const parameters = new URLSearchParams({ page: String(page), page_size: String(size), ...query });
    const { items, answer } = await this.#api.list({ path: `${path}?${parameters.toString()}`, signal }, doing);
    const total = Number(answer.headers.get('x-total-count') ?? Number.NaN);
    return { items, total: Number.isFinite(total) ? total : undefined };
  }

  /** As people write the registry. */
  get name(): string {
    return this.#api.name;
  }

  /** An object of the API; `undefined`: it is not there, or not for us. @throws {ProviderError} it cannot be asked. */
  async find(path: string, signal: AbortSignal): Promise<JsonObject | undefined> {
    const answer = await this.#findAnswer(path, signal);
    return answer === undefined ? undefined : objectIn(answer.body);
  }

  /** Likewise a list, without pages. */
  async findList(path: string, signal: AbortSignal): Promise<readonly JsonObject[] | undefined> {
    const answer = await this.#findAnswer(path, signal);
    if (answer === undefined) return undefined;
    return listIn(answer.body);
  }

  async #findAnswer(path: string, signal: AbortSignal): Promise<UpstreamAnswer | undefined> {
    const answer = await this.#api.send({ path, signal });
    if ([400, 401, 403, 404, 405, 412].includes(answer.status)) return undefined;
    if (answer.status !== 200) throw this.#api.refusalOf(answer, 'looking at it');
    return answer;
  }

  /** @throws {ProviderError} */
  async post(path: string, body: JsonObject, { doing, signal }: Doing): Promise<JsonObject> {
    const { object } = await this.#api.object({ method: 'POST', path, body, signal }, doing);
    return object;
  }

  /** Whatever it answers. */
  async delete(path: string, signal: AbortSignal): Promise<UpstreamAnswer> {
    // Deleting twice is deleting once.
    return await this.#api.send({ method: 'DELETE', path, attempts: 3, signal });
  }

  async patch(path: string, body: JsonObject, { doing, signal }: Doing): Promise<JsonObject> {
    const { object } = await this.#api.object({ method: 'PATCH', path, body, signal }, doing);
    return object;
  }

  /** What an answer that was not hoped for means. */
  refusalOf(answer: UpstreamAnswer, doing: string): Error {
    return this.#api.refusalOf(answer, doing);
  }
}

interface Doing {
  readonly doing: string;
  readonly signal: AbortSignal;
}

/** `lib/a/b` is the repository `a/b` of the project `lib`. */
export interface HarborRepository {
  readonly project: string;
  readonly repository: string;
}

export function splitName(name: string): HarborRepository {
  const slash = name.indexOf('/');
  return slash === -1
    ? { project: name, repository: '' }
    : { project: name.slice(0, slash), repository: name.slice(slash + 1) };
}

/** Slashes in the name of a repository are escaped twice: a proxy takes the first away. */
export function pathOf(name: string): string {
  const { project, repository } = splitName(name);
  return `/projects/${encodeURIComponent(project)}/repositories/${encodeURIComponent(encodeURIComponent(repository))}`;
}

function listIn(bytes: Uint8Array): readonly JsonObject[] | undefined {
  try {
    return objectsOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}
