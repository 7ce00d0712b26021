import type { UpstreamAnswer, UpstreamRequest } from '../../egress/upstream-http.ts';
import type { DockerLogin } from '../account.ts';
import { refusalOf, type Tried } from '../diagnose.ts';
import { ProviderError } from '../provider-error.ts';
import { KeptTokens } from '../kept-tokens.ts';
import type { ProviderTools } from '../provider.ts';
import { objectIn } from './answer.ts';
import { basicOf } from './basic.ts';
import { sendDiagnosed } from './send-diagnosed.ts';

export interface TokenWanted {
  readonly realm: URL;
  readonly service: string | undefined;
  /** It is not of the registry's own: it gets no certificate of ours either. */
  readonly isStranger: boolean;
  /** Somebody in the public network named it: it is not looked for in ours. */
  readonly isPublicOnly?: boolean;
  readonly scopes: readonly string[];
  /** `undefined`: a token for anybody. */
  readonly login: DockerLogin | undefined;
}

/** One that is there, or is asked for. */
interface Asked {
  readonly token: Promise<RegistryToken>;
  text: string;
  endsAt: number;
}

export interface RegistryToken {
  readonly text: string;
  /** Milliseconds since the epoch: from then on another one is asked for. */
  readonly staleAt: number;
}

const CLIENT_ID = 'havre';
/** What `docker login` writes as a name where the password is a refresh token. */
const IDENTITY_TOKEN_NAME = '<token>';
const MAX_TOKEN_BYTES = 256 * 1024;
/** What a token service that does not say grants, and the least that clients reckon with. */
const LEAST_SECONDS = 60;
/** So that a token does not end on its way. */
const USED_PART = 0.9;
/** A service that says more is asked again: what it took back meanwhile is not used for days. */
const MOST_SECONDS = 3600;
/** Longer ones fit into the headers of no server. */
const MAX_TOKEN_CHARACTERS = 32 * 1024;

interface TokenSourceOptions {
  readonly name: string;
  readonly refusalOfTokens?: 'wrong-credentials' | 'forbidden';
  readonly tools: ProviderTools;
}

/** The tokens of one login at one registry, by scope. @see distribution, docs/spec/auth/token.md and oauth.md */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  readonly #tokens: KeptTokens<Asked>;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#tokens = new KeptTokens(options.tools.now);
  }

  /** Never shown. */
  get texts(): readonly string[] {
    return this.#tokens.all.map(({ text }) => text).filter((text) => text !== '');
  }

  /** @throws {ProviderError} the credentials are wrong, or the service cannot be asked. */
  async get(wanted: TokenWanted, signal: AbortSignal): Promise<RegistryToken> {
    const key = keyOf(wanted.scopes);
    for (let found = this.#tokens.get(key); found !== undefined; found = this.#tokens.get(key)) {
      const token = await found.token.catch(unlessAborted);
      if (token !== undefined && token.staleAt > this.#options.tools.now()) return token;
      // Unless another, who waited for it as well, asks for the next one already.
      this.#tokens.drop(key, found);
    }
    const asked: Asked = { token: this.#fetch(wanted, signal), text: '', endsAt: Infinity };
    this.#tokens.set(key, asked);
    try {
      const token = await asked.token;
      asked.text = token.text;
      asked.endsAt = token.staleAt;
      return token;
    } catch (error) {
      // It may pass.
      this.#tokens.drop(key, asked);
      throw error;
    }
  }

  /** The registry does not take it any more. */
  forget(scopes: readonly string[]): void {
    this.#tokens.drop(keyOf(scopes));
  }

  async #fetch(wanted: TokenWanted, signal: AbortSignal): Promise<RegistryToken> {
    const { http } = this.#options.tools;
    const tried = this.#tried();
    const isIdentityToken = wanted.login?.username === IDENTITY_TOKEN_NAME;
    if (!isIdentityToken) {
      const answer = await sendDiagnosed(http, getOf(wanted, signal), tried);
      const isOAuthOnly = wanted.login !== undefined && (answer.status === 404 || answer.status === 405);
      if (!isOAuthOnly) return this.#tokenIn(answer, wanted);
    }
    return this.#tokenIn(await sendDiagnosed(http, postOf(wanted, signal), tried), wanted);
  }

  #tokenIn(answer: UpstreamAnswer, { login, realm }: TokenWanted): RegistryToken {
    const { name, tools } = this.#options;
    if (answer.status !== 200) throw this.#refusal(answer, login);
    const document = objectIn(answer.body);
    const text = document?.['token'] ?? document?.['access_token'];
    if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text) || text.length > MAX_TOKEN_CHARACTERS) {
      throw new ProviderError('malformed', `${name}: the token service at ${realm.host} answers without a token.`);
    }
    const said = Number(document?.['expires_in'] ?? LEAST_SECONDS) || LEAST_SECONDS;
    const seconds = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, said));
    return { text, staleAt: tools.now() + seconds * 1000 * USED_PART };
  }

  #refusal(answer: UpstreamAnswer, login: DockerLogin | undefined): ProviderError {
    const { refusalOfTokens = 'forbidden' } = this.#options;
    const secrets = login === undefined ? [] : [login.password, basicOf(login).slice('Basic '.length)];
    // OAuth answers 400 to a grant that is none; GitHub 403 to a password that is wrong.
    const meansWrong = answer.status === 400 || (answer.status === 403 && refusalOfTokens === 'wrong-credentials');
    const told = meansWrong ? { ...answer, status: 401 } : answer;
    return refusalOf(told, { ...this.#tried(), secrets, isAnonymous: login === undefined });
  }

  #tried(): Tried {
    return { host: this.#options.name, what: 'asking its token service', now: this.#options.tools.now() };
  }
}

/** Whoever asked for it gave up: that says nothing about others who wait for it. */
function unlessAborted(error: unknown): undefined {
  if (error instanceof ProviderError) throw error;
}

/** The password is for this service alone: redirects are not followed. */
function getOf(
  { realm, service, scopes, login, isStranger, isPublicOnly }: TokenWanted,
  signal: AbortSignal,
): UpstreamRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  url.searchParams.set('client_id', CLIENT_ID);
  if (login !== undefined) url.searchParams.set('account', login.username);
  return {
    method: 'GET',
    url: url.href,
    headers: { Accept: 'application/json', ...(login !== undefined && { Authorization: basicOf(login) }) },
    maxBytes: MAX_TOKEN_BYTES,
    follows: false,
    isElsewhere: isStranger,
    ...(isPublicOnly !== undefined && { isPublicOnly }),
    signal,
  };
}

function postOf(
  { realm, service, scopes, login, isStranger, isPublicOnly }: TokenWanted,
  signal: AbortSignal,
): UpstreamRequest {
  const isIdentityToken = login?.username === IDENTITY_TOKEN_NAME;
  const grant = isIdentityToken
    ? { grant_type: 'refresh_token', refresh_token: login.password }
    : { grant_type: 'password', username: login?.username ?? '', password: login?.password ?? '' };
  const form = new URLSearchParams({ ...grant, client_id: CLIENT_ID, scope: scopes.join(' ') });
  if (service !== undefined) form.set('service', service);
  return {
    method: 'POST',
    url: realm.href,
    headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    maxBytes: MAX_TOKEN_BYTES,
    follows: false,
    isElsewhere: isStranger,
    ...(isPublicOnly !== undefined && { isPublicOnly }),
    signal,
  };
}

function keyOf(scopes: readonly string[]): string {
  return scopes.join(' ');
}
