import { parseChallenges, type Challenge } from '../../client/authorization/challenges.ts';
import { isTrustedWithPassword, parseRealm } from '../../client/authorization/realm.ts';
import { UnsafeAddressError } from '../../client/client-error.ts';
import type { RegistryAddress } from '../../client/registry-address.ts';
import type { UpstreamAnswer, UpstreamRequest } from '../../egress/upstream-http.ts';
import type { DockerLogin } from '../account.ts';
import type { ProviderTools } from '../provider.ts';
import { refusalOf } from '../diagnose.ts';
import { ProviderError } from '../provider-error.ts';
import { saidBy } from './answer.ts';
import { basicOf } from './basic.ts';
import { sendDiagnosed } from './send-diagnosed.ts';
import { type RegistryToken, TokenSource } from './token-source.ts';

export interface OciSessionOptions {
  /** As people write it: `ghcr.io`. */
  readonly name: string;
  /** Where its API is: `https://registry-1.docker.io`. */
  readonly origin: string;
  /**
   * What Docker logs in with just now; `undefined`: nobody logs in. Asked whenever it is needed: whoever gives it keeps
   * it, and has it refreshed.
   */
  readonly login: (signal: AbortSignal) => Promise<DockerLogin | undefined>;
  /** Hosts of token services that are given the password, besides those of the registry's own domain. */
  readonly trustedRealms?: readonly string[];
  /** What it means when the token service answers 403. Default `forbidden`. GitHub's says so of wrong credentials. */
  readonly refusalOfTokens?: 'wrong-credentials' | 'forbidden';
  readonly tools: ProviderTools;
}

/** A request to `/v2/` and below. */
export interface OciRequest {
  readonly method: string;
  /** From `/v2/` on, or a whole URL at the registry, as a `Location` gives it. */
  readonly path: string;
  /** What it needs a token for: `repository:team/app:pull`. */
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly maxBytes?: number;
  readonly cost?: number;
  readonly attempts?: number;
  readonly signal: AbortSignal;
}

/** How a registry wants to be told who asks. */
export type Method =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'bearer';
      readonly realm: URL;
      readonly service: string | undefined;
      /** Somebody in the public network named it: it is not looked for in ours. */
      readonly isPublicOnly?: boolean;
    };

/** Speaks to the `/v2/` of one registry for one login, proves who that is as the registry wants it, and remembers tokens. */
export class OciSession {
  readonly #options: OciSessionOptions;
  readonly #address: RegistryAddress;
  readonly #tokens: TokenSource;
  /** What was sent, and may come back in an error. */
  #secrets: readonly string[] = [];
  #method: Method | undefined;
  /** Whether the registry, or its token service, has taken the credentials: a 401 then means that they may not. */
  hasProvedItself = false;

  constructor(options: OciSessionOptions) {
    this.#options = options;
    this.#address = { name: options.name, origin: new URL(options.origin).origin };
    this.#tokens = new TokenSource(options);
  }

  /** As people write it: `ghcr.io`. */
  get name(): string {
    return this.#address.name;
  }

  /** What is wrong, by an answer that was not hoped for. @param doing `listing its repositories`. */
  refusalOf(answer: UpstreamAnswer, doing: string): ProviderError {
    const { name: host, hasProvedItself } = this;
    const [now, secrets, isAnonymous] = [this.now(), this.#neverSaid, this.#secrets.length === 0];
    return refusalOf(answer, { host, what: doing, now, hasProvedItself, secrets, isAnonymous });
  }

  /** What it says of what went wrong, for a sentence, without any secret. */
  saidBy(answer: UpstreamAnswer): string {
    return saidBy(answer, this.#neverSaid);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#options.tools.now();
  }

  /**
   * Any answer but a 401 that something could be done about.
   *
   * @throws {ProviderError} it could not be asked, or the token service refuses us.
   */
  async send(request: OciRequest): Promise<UpstreamAnswer> {
    const sent = await this.#headerFor(request);
    const answer = await this.sendAs(request, sent);
    if (answer.status !== 401) return answer;
    const found = this.methodOf(answer);
    if (found === undefined) return answer;
    const wasKnown = this.#method !== undefined && sent !== undefined;
    this.#method = found;
    // A token that another replaced in the meantime, or that ended early.
    if (wasKnown && found.kind === 'bearer') this.#tokens.forget(request.scopes);
    const header = await this.#headerFor(request);
    if (header === undefined || header === sent) return answer;
    const again = await this.sendAs(request, header);
    if (found.kind === 'basic' && (again.status < 400 || again.status === 404)) this.hasProvedItself = true;
    return again;
  }

  /** Without trying anything else, whatever the answer is. @param authorization `undefined`: as anybody. */
  async sendAs(request: OciRequest, authorization: string | undefined): Promise<UpstreamAnswer> {
    const { method, path, headers, body, maxBytes, cost, attempts, signal } = request;
    const sent: UpstreamRequest = {
      method,
      url: this.#urlOf(path),
      headers: { ...headers, ...(authorization !== undefined && { Authorization: authorization }) },
      ...(body !== undefined && { body }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...(cost !== undefined && { cost }),
      ...(attempts !== undefined && { attempts }),
      signal,
    };
    const tried = { host: this.name, what: 'asking its registry API', now: this.now() };
    return await sendDiagnosed(this.#options.tools.http, sent, tried);
  }

  /** How a 401 wants to be answered; `undefined`: it does not say, or in no way that we know. */
  methodOf(answer: UpstreamAnswer): Method | undefined {
    const challenges = parseChallenges(answer.headers.get('www-authenticate') ?? null);
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
    if (bearer !== undefined) return this.#bearerOf(bearer, answer);
    return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
  }

  /** From now on requests prove who asks in this way, without being asked to. */
  use(method: Method): void {
    this.#method = method;
  }

  /** The token for some scopes: one that is kept, or a new one. @throws {ProviderError} */
  async token(
    method: Method & { kind: 'bearer' },
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<RegistryToken> {
    const login = await this.login(signal);
    const isStranger = !isTrustedWithPassword(method.realm, this.#address, this.#trust());
    if (login !== undefined && isStranger) throw this.#refusalOfStranger(method.realm);
    const token = await this.#tokens.get({ ...method, isStranger, scopes, login }, signal);
    if (login !== undefined) this.hasProvedItself = true;
    return token;
  }

  /** Who we say we are. What it is proved with is from now on in no error, whatever the registry says. */
  async login(signal: AbortSignal): Promise<DockerLogin | undefined> {
    const login = await this.#options.login(signal);
    this.#secrets = login === undefined ? [] : [login.password, basicOf(login).slice('Basic '.length)];
    return login;
  }

  get #neverSaid(): readonly string[] {
    return [...this.#secrets, ...this.#tokens.texts];
  }

  async #headerFor({ scopes, signal }: OciRequest): Promise<string | undefined> {
    const method = this.#method;
    if (method === undefined) return undefined;
    if (method.kind === 'bearer') return `Bearer ${(await this.token(method, scopes, signal)).text}`;
    const login = await this.login(signal);
    return login === undefined ? undefined : basicOf(login);
  }

  /** The password would go where it has no business. */
  #refusalOfStranger(realm: URL): ProviderError {
    return new ProviderError(
      'denied-here',
      `${this.name} wants its password given to ${realm.host}, which is not of its domain. It was not sent.`,
    );
  }

  #bearerOf({ parameters }: Challenge, { isPublic = false }: UpstreamAnswer): Method {
    try {
      const realm = parseRealm(parameters.get('realm') ?? '', this.#address, this.#trust());
      return { kind: 'bearer', realm, service: parameters.get('service'), isPublicOnly: isPublic };
    } catch (error) {
      if (!(error instanceof UnsafeAddressError)) throw error;
      throw new ProviderError('denied-here', error.message, { cause: error });
    }
  }

  #trust(): { trustedRealms?: readonly string[] } {
    const { trustedRealms } = this.#options;
    return trustedRealms === undefined ? {} : { trustedRealms };
  }

  /** A `Location` of another host is asked without the password: `Authorization` is for the registry. */
  #urlOf(path: string): string {
    const { origin } = this.#address;
    const url = new URL(path, origin);
    if (url.origin === origin) return url.href;
    // Registries behind a proxy have their own name, or their scheme, wrong: only path and query count. They are not read
    // as an address once more: a path that begins with "//" would name another host.
    const ours = new URL(origin);
    ours.pathname = url.pathname;
    ours.search = url.search;
    return ours.href;
  }
}
