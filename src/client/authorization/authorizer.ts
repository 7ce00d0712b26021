import { LoginRefusedError } from '../client-error.ts';
import type { RegistryAddress } from '../registry-address.ts';
import type { Transport } from '../transport.ts';
import { parseChallenges, type Challenge } from './challenges.ts';
import type { Login } from './login.ts';
import { isTrustedWithPassword, parseRealm, type RealmTrust } from './realm.ts';
import { TokenService, type RegistryToken } from './token-service.ts';

export interface AuthorizerOptions extends RealmTrust {
  /** Looked up once, when a registry asks who we are. */
  readonly login?: () => Promise<Login | undefined>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What is known of how a registry wants to be told who asks. */
type Method =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | undefined };

/** Proves to one registry who we are, with what it asks for, and remembers the tokens it gave. */
export class Authorizer {
  readonly #registry: RegistryAddress;
  readonly #options: AuthorizerOptions;
  readonly #service: TokenService;
  #method: Method | undefined;
  #login: Promise<Login | undefined> | undefined;
  /** By scopes: requests that want the same wait for one token. */
  readonly #tokens = new Map<string, Promise<RegistryToken>>();
  /** What a registry asked for beyond the scopes a request named, by these. */
  readonly #additions = new Map<string, string>();

  constructor(registry: RegistryAddress, transport: Transport, options: AuthorizerOptions) {
    this.#registry = registry;
    this.#options = options;
    this.#service = new TokenService(registry, transport, options.now ?? Date.now);
  }

  /** The `Authorization` of a request that needs these scopes, as far as the registry has said what it wants. */
  async headerFor(scopes: readonly string[], signal: AbortSignal | undefined): Promise<string | undefined> {
    const method = this.#method;
    if (method === undefined) return undefined;
    if (method.kind === 'basic') return (await this.#findLogin())?.basic;
    return `Bearer ${(await this.#token(method, scopes, signal)).text}`;
  }

  /**
   * What to send instead, after a 401 to `sent`; `undefined` when there is nothing better.
   *
   * @throws {LoginRefusedError} the token service refuses us.
   * @throws {UnsafeAddressError} the token service is where no password should go.
   */
  async answer(response: Response, request: AuthorizedRequest): Promise<string | undefined> {
    const method = this.#choose(parseChallenges(response.headers.get('www-authenticate')), request.scopes);
    if (method === undefined) return undefined;
    const key = keyOf(request.scopes);
    // Another request may have had a new token in the meantime.
    if (method.kind === 'bearer' && (await this.#known(key)) === request.sent) this.#tokens.delete(key);
    this.#method = method;
    const header = await this.headerFor(request.scopes, request.signal);
    return header === request.sent ? undefined : header;
  }

  async #known(key: string): Promise<string | undefined> {
    const token = await this.#tokens.get(key)?.catch(() => undefined);
    return token === undefined ? undefined : `Bearer ${token.text}`;
  }

  #choose(challenges: readonly Challenge[], scopes: readonly string[]): Method | undefined {
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
    if (bearer === undefined) {
      return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
    }
    const { parameters } = bearer;
    const scope = parameters.get('scope');
    if (scope !== undefined && !covers(scopes, scope)) this.#additions.set(keyOf(scopes), scope);
    const realm = parseRealm(parameters.get('realm') ?? '', this.#registry, this.#options);
    return { kind: 'bearer', realm, service: parameters.get('service') };
  }

  async #token(
    method: Method & { kind: 'bearer' },
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<RegistryToken> {
    const key = keyOf(scopes);
    const known = this.#tokens.get(key);
    if (known !== undefined) {
      const token = await known;
      if (token.staleAt > (this.#options.now ?? Date.now)()) return token;
      if (this.#tokens.get(key) === known) this.#tokens.delete(key);
    }
    const pending = this.#tokens.get(key) ?? this.#fetchToken(method, scopes, signal);
    this.#tokens.set(key, pending);
    // A failure is not remembered: it may pass.
    pending.catch(() => this.#tokens.get(key) === pending && this.#tokens.delete(key));
    return await pending;
  }

  async #fetchToken(
    { realm, service }: Method & { kind: 'bearer' },
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<RegistryToken> {
    const login = await this.#findLogin();
    if (login !== undefined && !isTrustedWithPassword(realm, this.#registry, this.#options)) {
      throw new LoginRefusedError(
        `${this.#registry.name} wants its password given to ${realm.host}, which is not of its domain. ` +
          `If that is right, say --trust-realm ${realm.hostname}.`,
        { status: 401 },
      );
    }
    const addition = this.#additions.get(keyOf(scopes));
    const wanted = addition === undefined ? scopes : [...scopes, addition];
    return await this.#service.fetchToken({ realm, service, scopes: wanted, login }, signal);
  }

  #findLogin(): Promise<Login | undefined> {
    this.#login ??= this.#options.login?.() ?? Promise.resolve(undefined);
    return this.#login;
  }
}

export interface AuthorizedRequest {
  readonly scopes: readonly string[];
  /** The `Authorization` that did not do. */
  readonly sent: string | undefined;
  readonly signal: AbortSignal | undefined;
}

function keyOf(scopes: readonly string[]): string {
  return scopes.join(' ');
}

/** Whether what a registry asks for is in what we ask for anyway, in whatever order. */
function covers(scopes: readonly string[], asked: string): boolean {
  const actionsByResource = new Map(scopes.map((scope) => splitScope(scope)));
  return asked.split(' ').every((scope) => {
    const [resource, actions] = splitScope(scope);
    const ours = actionsByResource.get(resource);
    return ours !== undefined && [...actions].every((action) => ours.has(action));
  });
}

function splitScope(scope: string): [resource: string, actions: ReadonlySet<string>] {
  const colon = scope.lastIndexOf(':');
  return [scope.slice(0, colon), new Set(scope.slice(colon + 1).split(','))];
}
