import { LoginRefusedError, MalformedReplyError } from '../client-error.ts';
import type { RegistryAddress } from '../registry-address.ts';
import { discard, readBounded, replyError } from '../reply.ts';
import type { Transport, WireRequest } from '../transport.ts';
import { isPassingStatus } from '../client-error.ts';
import type { Login } from './login.ts';

export interface TokenWanted {
  readonly realm: URL;
  readonly service: string | undefined;
  /** `repository:team/app:pull,push`, one or more. */
  readonly scopes: readonly string[];
  readonly login: Login | undefined;
}

export interface RegistryToken {
  readonly text: string;
  /** In milliseconds since 1970: from then on another one is asked for. */
  readonly staleAt: number;
}

const CLIENT_ID = 'havre';
const MAX_TOKEN_BYTES = 256 * 1024;
/** What a token service that does not say grants, and the least that clients reckon with. */
const LEAST_SECONDS = 60;
/** So that a token does not end on its way. */
const USED_PART = 0.9;

/** Asks token services for tokens. @see distribution, docs/spec/auth/token.md and oauth.md */
export class TokenService {
  readonly #registry: RegistryAddress;
  readonly #transport: Transport;
  readonly #now: () => number;

  constructor(registry: RegistryAddress, transport: Transport, now: () => number) {
    this.#registry = registry;
    this.#transport = transport;
    this.#now = now;
  }

  /**
   * @throws {LoginRefusedError} the name and password are wrong.
   * @throws {UnreachableError}
   */
  async fetchToken(wanted: TokenWanted, signal: AbortSignal | undefined): Promise<RegistryToken> {
    const { login } = wanted;
    const response = await this.#transport.send({
      ...(login !== undefined && login.basic === undefined ? postOf(wanted, login) : getOf(wanted)),
      signal,
    });
    if (response.ok) return await this.#tokenIn(response);
    if (login?.basic !== undefined && (response.status === 404 || response.status === 405)) {
      await discard(response);
      const posted = await this.#transport.send({ ...postOf(wanted, login), signal });
      if (posted.ok) return await this.#tokenIn(posted);
      throw await this.#refusal(posted, login);
    }
    throw await this.#refusal(response, login);
  }

  async #refusal(response: Response, login: Login | undefined): Promise<Error> {
    const error = await replyError(this.#registry.name, 'its token service answers', response);
    if (isPassingStatus(error.status) || error.status === 404) return error;
    const who = login === undefined ? 'It wants a login.' : 'It does not accept this login.';
    return new LoginRefusedError(`${error.message}. ${who}`, error);
  }

  async #tokenIn(response: Response): Promise<RegistryToken> {
    const bytes = await readBounded(response, MAX_TOKEN_BYTES, `${this.#registry.name}: the token`);
    const document = jsonObject(bytes);
    const text = document['token'] ?? document['access_token'];
    if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) {
      throw new MalformedReplyError(`${this.#registry.name}: its token service gives no token.`);
    }
    const seconds = Math.max(LEAST_SECONDS, Number(document['expires_in'] ?? LEAST_SECONDS) || LEAST_SECONDS);
    return { text, staleAt: this.#now() + seconds * 1000 * USED_PART };
  }
}

/** The token service is not the registry: what it may be told is in the headers, not in `authorization`. */
function getOf({ realm, service, scopes, login }: TokenWanted): WireRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  url.searchParams.set('client_id', CLIENT_ID);
  if (login !== undefined) url.searchParams.set('account', login.username);
  return {
    method: 'GET',
    url,
    headers: { Accept: 'application/json', ...(login?.basic !== undefined && { Authorization: login.basic }) },
    staysHere: true,
  };
}

function postOf({ realm, service, scopes }: TokenWanted, login: Login): WireRequest {
  const form = new URLSearchParams({ ...login.grant, client_id: CLIENT_ID, scope: scopes.join(' ') });
  if (service !== undefined) form.set('service', service);
  return {
    method: 'POST',
    url: realm,
    headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: () => form.toString(),
    staysHere: true,
  };
}

function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
