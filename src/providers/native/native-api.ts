import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import { nextTarget } from '../../oci/link.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import type { ProviderTools } from '../provider.ts';
import { jsonIn, notARegistry, refusalOf, type TriedWithCredentials } from '../diagnose.ts';
import { ProviderError } from '../provider-error.ts';
import { isPage, saidIn } from '../said.ts';
import { objectsOf, textIn } from './json-fields.ts';

export interface NativeApiOptions {
  /** As its makers write it: `Docker Hub`. */
  readonly name: string;
  /** What paths stand behind, without a final slash. */
  readonly origin: string;
  readonly tools: ProviderTools;
  /** Headers that say who asks. */
  readonly authorization: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  /** The registry did not take these headers: they are made anew, and it is asked once more. Absent: nothing helps. */
  readonly renew?: () => void;
  /** Not said in any message, though the registry may say it. */
  readonly secret: string;
}

export interface NativeRequest {
  readonly method?: string;
  /** Behind the origin, with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly attempts?: number;
  readonly signal: AbortSignal;
}

export interface ObjectAnswer {
  readonly object: JsonObject;
  readonly answer: UpstreamAnswer;
}

export interface ListAnswer {
  readonly items: readonly JsonObject[];
  readonly answer: UpstreamAnswer;
}

/** Calls the API that one registry has besides `/v2/`. */
export class NativeApi {
  readonly #options: NativeApiOptions;

  constructor(options: NativeApiOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Whatever it answers. @throws {ProviderError} it could not be asked. */
  async send(request: NativeRequest): Promise<UpstreamAnswer> {
    const answer = await this.#send(request);
    if (answer.status !== 401 || this.#options.renew === undefined) return answer;
    this.#options.renew();
    return await this.#send(request);
  }

  /** What stands behind the origin, of an address that an answer names; `undefined`: it is not of this API. */
  pathOf(address: string): string | undefined {
    const { origin } = this.#options;
    const url = URL.canParse(address, origin) ? new URL(address, origin) : undefined;
    if (url === undefined || !url.href.startsWith(`${origin}/`)) return undefined;
    return url.href.slice(origin.length);
  }

  /** @param doing what is tried, for the message: `listing its repositories`. @throws {ProviderError} no object. */
  async object(request: NativeRequest, doing: string): Promise<ObjectAnswer> {
    return this.objectIn(await this.send(request), doing);
  }

  /** @throws {ProviderError} no list. */
  async list(request: NativeRequest, doing: string): Promise<ListAnswer> {
    return this.listIn(await this.send(request), doing);
  }

  /** @throws {ProviderError} it is a refusal, or no object. */
  objectIn(answer: UpstreamAnswer, doing: string): ObjectAnswer {
    const object = this.#json(answer, doing);
    if (isJsonObject(object)) return { object, answer };
    throw this.#malformed(doing);
  }

  /** @throws {ProviderError} it is a refusal, or no list. */
  listIn(answer: UpstreamAnswer, doing: string): ListAnswer {
    const list = this.#json(answer, doing);
    if (Array.isArray(list)) return { items: objectsOf(list), answer };
    throw this.#malformed(doing);
  }

  refusalOf(answer: UpstreamAnswer, doing: string): ProviderError {
    const tried = this.#tried(doing);
    if (answer.status === 404 && isPage(answer)) return notARegistry(answer, tried);
    return refusalOf(answer, tried);
  }

  /** Why something was refused, as a sentence, with what the registry says of it. */
  reasonOf(answer: UpstreamAnswer): string {
    const said = saidIn(answer, [this.#options.secret]).replace(/\.$/, '');
    return said === ''
      ? `${this.name} refuses it: ${answer.status}.`
      : `${this.name} refuses it: ${answer.status}, ${said}.`;
  }

  #json(answer: UpstreamAnswer, doing: string): unknown {
    if (answer.status < 200 || answer.status > 299) throw this.refusalOf(answer, doing);
    return jsonIn(answer, this.#tried(doing));
  }

  async #send({ method = 'GET', path, body, headers, attempts, signal }: NativeRequest): Promise<UpstreamAnswer> {
    const { origin, tools, authorization } = this.#options;
    const sent = {
      method,
      url: origin + path,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(await authorization(signal)),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(attempts !== undefined && { attempts }),
      signal,
    };
    return await sendDiagnosed(tools.http, sent, this.#tried('asking its API'));
  }

  #tried(what: string): TriedWithCredentials {
    const { name, tools, secret } = this.#options;
    return { host: name, what, now: tools.now(), secrets: [secret], isAnonymous: secret === '' };
  }

  #malformed(doing: string): ProviderError {
    return new ProviderError('malformed', `${this.name}, ${doing}: its answer is not what its API says.`);
  }
}

/** The query of the page that follows, with only those parameters that a list of this API has. */
export function queryOfNext(next: string | undefined, names: readonly string[]): string | undefined {
  if (next === undefined || !URL.canParse(next, 'http://next.invalid')) return undefined;
  return onlyNamed(new URL(next, 'http://next.invalid').searchParams, names);
}

/** What a client gave as `after`: whoever asks may not add to what is asked. */
export function onlyNamed(query: URLSearchParams, names: readonly string[]): string {
  const kept = [...query].filter(([name]) => names.includes(name));
  return new URLSearchParams(kept).toString();
}

/** Where the page that follows is, as `Link` names it. */
export function linkToNext({ headers }: UpstreamAnswer): string | undefined {
  return nextTarget(headers.get('link') ?? '');
}

/** What is said in a field of an answer that may not be JSON. */
export function fieldOf(answer: UpstreamAnswer, field: string): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(answer.body));
    return isJsonObject(value) ? textIn(value, field) : undefined;
  } catch {
    return undefined;
  }
}
