import { z } from 'zod';
import type { UpstreamRequest } from '../../egress/upstream-http.ts';
import type { DockerLogin } from '../account.ts';
import { jsonIn, notARegistry, refusalOf, type TriedWithCredentials } from '../diagnose.ts';
import { basicOf } from '../oci/basic.ts';
import { endOf } from '../oci/claims.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import { KeptTokens } from '../kept-tokens.ts';
import type { ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { ShortLived } from '../short-lived.ts';

/** Who logs in: a name with its password, a service principal by its directory, or nobody. */
export type AcrProof =
  | { readonly kind: 'password'; readonly username: string; readonly secret: string }
  | { readonly kind: 'entra'; readonly tenant: string; readonly token: (signal: AbortSignal) => Promise<string> }
  | { readonly kind: 'nobody' };

export interface AcrTokensOptions {
  /** `harbour.azurecr.io` */
  readonly host: string;
  readonly origin: string;
  readonly proof: AcrProof;
  readonly tools: ProviderTools;
}

interface Token {
  readonly text: string;
  readonly expiresAt?: Date;
}

/** What Docker logs in as where the password is a refresh token of the registry. */
const IDENTITY_USERNAME = '00000000-0000-0000-0000-000000000000';
/** What a token is for that lists repositories. */
export const CATALOG = 'registry:catalog:*';
const MAX_BYTES = 256 * 1024;

const AccessAnswer = z.object({ access_token: z.string().min(1) });
const RefreshAnswer = z.object({ refresh_token: z.string().min(1) });

/** The tokens of one login at one registry: a refresh token of some three hours, and access tokens of about one. */
export class AcrTokens {
  readonly #options: AcrTokensOptions;
  readonly #refresh: ShortLived<Token>;
  readonly #byScope: KeptTokens<ShortLived<Token>>;

  constructor(options: AcrTokensOptions) {
    this.#options = options;
    this.#byScope = new KeptTokens(options.tools.now);
    this.#refresh = new ShortLived(async (signal) => await this.#exchange(signal), options.tools.now);
  }

  /** A token for some scopes, separated by blanks. It may grant less: its claim `access` says what. */
  async get(scope: string, signal: AbortSignal): Promise<string> {
    return (await this.#kept(scope).get(signal)).text;
  }

  /** A new token, by credentials that are proved anew. */
  async renew(scope: string, signal: AbortSignal): Promise<string> {
    if (this.#options.proof.kind === 'entra') await this.#refresh.renew(signal);
    return (await this.#kept(scope).renew(signal)).text;
  }

  /** Whether the registry takes the password for one of its own; what else may be wrong with it is not told. */
  async knowsPassword(signal: AbortSignal): Promise<boolean> {
    try {
      await this.get(CATALOG, signal);
    } catch (error) {
      if (error instanceof ProviderError) return error.diagnosis !== 'wrong-credentials';
      throw error;
    }
    return true;
  }

  /** The registry does not take it any more. */
  drop(scope: string): void {
    this.#byScope.drop(scope);
  }

  /** What Docker logs in with: the password itself only where the registry has nothing shorter-lived for it. */
  async login(signal: AbortSignal): Promise<DockerLogin> {
    const { proof, host } = this.#options;
    if (proof.kind === 'password') return { username: proof.username, password: proof.secret };
    if (proof.kind === 'nobody') {
      throw new ProviderError('unsupported', `${host} is used without a username and a password.`);
    }
    const { text, expiresAt } = await this.#refresh.get(signal);
    return { username: IDENTITY_USERNAME, password: text, ...(expiresAt !== undefined && { expiresAt }) };
  }

  #kept(scope: string): ShortLived<Token> {
    const known = this.#byScope.get(scope);
    if (known !== undefined) return known;
    const token = new ShortLived(async (signal) => await this.#access(scope, signal), this.#options.tools.now);
    this.#byScope.set(scope, token);
    return token;
  }

  async #exchange(signal: AbortSignal): Promise<Token> {
    const { proof, host } = this.#options;
    if (proof.kind !== 'entra') throw new Error('Only tokens of Entra ID are exchanged.');
    const form = {
      grant_type: 'access_token',
      service: host,
      tenant: proof.tenant,
      access_token: await proof.token(signal),
    };
    // Entra ID has taken the credentials by now: what the registry refuses is a right.
    const tried = { ...this.#tried('exchanging the token of Entra ID', [form.access_token]), hasProvedItself: true };
    const document = await this.#post('/oauth2/exchange', form, { tried, signal });
    return tokenOf(RefreshAnswer.safeParse(document).data?.refresh_token, host);
  }

  async #access(scope: string, signal: AbortSignal): Promise<Token> {
    const { proof, host, origin } = this.#options;
    if (proof.kind === 'entra') {
      const { text } = await this.#refresh.get(signal);
      const form = { grant_type: 'refresh_token', service: host, scope, refresh_token: text };
      const tried = { ...this.#tried('asking for a token', [text]), hasProvedItself: true };
      const document = await this.#post('/oauth2/token', form, { tried, signal });
      return tokenOf(AccessAnswer.safeParse(document).data?.access_token, host);
    }
    const query = new URLSearchParams({ service: host });
    for (const one of scope.split(' ')) query.append('scope', one);
    const isAnonymous = proof.kind === 'nobody';
    const headers = isAnonymous ? {} : { Authorization: basicOf({ username: proof.username, password: proof.secret }) };
    const tried = { ...this.#tried('asking for a token', isAnonymous ? [] : [proof.secret]), isAnonymous };
    const request = { method: 'GET', url: `${origin}/oauth2/token?${query}`, headers, signal };
    const document = await this.#ask(request, tried);
    return tokenOf(AccessAnswer.safeParse(document).data?.access_token, host);
  }

  async #post(
    path: string,
    form: Readonly<Record<string, string>>,
    { tried, signal }: { readonly tried: TriedWithCredentials; readonly signal: AbortSignal },
  ): Promise<unknown> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    return await this.#ask({ method: 'POST', url: this.#options.origin + path, headers, body, signal }, tried);
  }

  /** Passwords and tokens are for this service alone: redirects are not followed. */
  async #ask(request: UpstreamRequest, tried: TriedWithCredentials): Promise<unknown> {
    const asked = { ...request, follows: false, attempts: 3, maxBytes: MAX_BYTES };
    const answer = await sendDiagnosed(this.#options.tools.http, asked, tried);
    if (answer.status === 200) return jsonIn(answer, tried);
    if (answer.status === 404 || (answer.status >= 300 && answer.status < 400)) throw notARegistry(answer, tried);
    throw refusalOf(answer, tried);
  }

  #tried(what: string, secrets: readonly string[]): TriedWithCredentials {
    const { host, tools } = this.#options;
    return { host, what, now: tools.now(), secrets };
  }
}

function tokenOf(text: string | undefined, host: string): Token {
  if (text === undefined || !/^[\x21-\x7e]+$/.test(text)) {
    throw new ProviderError('malformed', `${host} answers without a token.`);
  }
  const expiresAt = endOf(text);
  return { text, ...(expiresAt !== undefined && { expiresAt }) };
}
