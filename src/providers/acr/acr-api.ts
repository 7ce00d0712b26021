import type { z } from 'zod';
import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { clockSkewSeconds, jsonIn, refusalOf, type TriedWithCredentials } from '../diagnose.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import type { ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { AcrTokens } from './acr-tokens.ts';

export interface AcrApiOptions {
  readonly host: string;
  readonly origin: string;
  readonly tokens: AcrTokens;
  readonly tools: ProviderTools;
  /** Never shown. */
  readonly secret: string;
}

export interface AcrRequest {
  readonly method: 'GET' | 'DELETE';
  readonly path: string;
  readonly scope: string;
  /** `listing its repositories` */
  readonly what: string;
  readonly signal: AbortSignal;
}

const MAX_BYTES = 16 * 1024 * 1024;

/** The registry's own API beside `/v2/`, by tokens for what is asked. */
export class AcrApi {
  readonly #options: AcrApiOptions;
  /** The registry's clock less ours, as its last answer had it. */
  clockSkewSeconds: number | undefined;

  constructor(options: AcrApiOptions) {
    this.#options = options;
  }

  get tokens(): AcrTokens {
    return this.#options.tokens;
  }

  /** Any answer. @throws {ProviderError} it could not be asked. */
  async send(request: AcrRequest): Promise<UpstreamAnswer> {
    const answer = await this.#send(request);
    if (answer.status !== 401) return answer;
    this.tokens.drop(request.scope);
    return await this.#send(request);
  }

  /** @throws {ProviderError} */
  async read<Output>(
    request: AcrRequest,
    schema: z.ZodType<Output>,
  ): Promise<{ value: Output; answer: UpstreamAnswer }> {
    const answer = await this.send(request);
    if (answer.status !== 200) throw this.refusalOf(answer, request.what);
    const read = schema.safeParse(jsonIn(answer, this.#tried(request.what)));
    if (read.success) return { value: read.data, answer };
    throw new ProviderError('malformed', `${this.#options.host}, ${request.what}: its answer is not understood.`);
  }

  refusalOf(answer: UpstreamAnswer, what: string): ProviderError {
    return refusalOf(answer, this.#tried(what));
  }

  async #send({ method, path, scope, what, signal }: AcrRequest): Promise<UpstreamAnswer> {
    const { origin, tools } = this.#options;
    const headers = { Authorization: `Bearer ${await this.tokens.get(scope, signal)}`, Accept: 'application/json' };
    // Deleting twice is deleting once.
    const request = { method, url: origin + path, headers, attempts: 3, maxBytes: MAX_BYTES, follows: false, signal };
    const answer = await sendDiagnosed(tools.http, request, this.#tried(what));
    this.clockSkewSeconds = clockSkewSeconds(answer, tools.now()) ?? this.clockSkewSeconds;
    return answer;
  }

  /** Whoever has a token has proved who they are. */
  #tried(what: string): TriedWithCredentials {
    const { host, tools, secret } = this.#options;
    return { host, what, now: tools.now(), hasProvedItself: true, secrets: [secret] };
  }
}
