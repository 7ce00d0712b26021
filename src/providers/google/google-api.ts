import { z } from 'zod';
import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { clockSkewSeconds, jsonIn, notARegistry, refusalOf } from '../diagnose.ts';
import { objectIn } from '../oci/answer.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import { isPage } from '../said.ts';
import type { ProviderTools } from '../provider.ts';
import { type Diagnosis, ProviderError } from '../provider-error.ts';
import type { ShortLived } from '../short-lived.ts';
import type { GoogleToken } from './service-account.ts';

/** Google's API refuses something, and says by a word why. */
export class GoogleError extends ProviderError {
  /** `NOT_FOUND`, `FAILED_PRECONDITION`; empty: it does not say. */
  readonly reason: string;

  constructor(reason: string, error: ProviderError, diagnosis: Diagnosis = error.diagnosis, message = error.message) {
    super(diagnosis, message, {
      ...(error.status !== undefined && { status: error.status }),
      ...(error.retryAt !== undefined && { retryAt: error.retryAt }),
    });
    this.reason = reason;
  }
}

export interface GoogleApiOptions {
  /** `https://artifactregistry.googleapis.com` */
  readonly origin: string;
  readonly token: ShortLived<GoogleToken>;
  readonly tools: ProviderTools;
  /** Never shown. */
  readonly secret: string;
  /** It was given as it is, so that no other can be made. */
  readonly isTokenGiven: boolean;
}

export interface GoogleRequest<Output> {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Behind `/v1/`, with its query. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly output: z.ZodType<Output>;
  /** `listing repositories` */
  readonly what: string;
}

const MAX_BYTES = 32 * 1024 * 1024;

const Refused = z.object({
  error: z.object({
    status: z.string().default(''),
    details: z.array(z.object({ reason: z.string().optional() })).default([]),
  }),
});

/** Artifact Registry's own API. */
export class GoogleApi {
  readonly #options: GoogleApiOptions;
  /** Google's clock less ours, as its last answer had it. */
  clockSkewSeconds: number | undefined;

  constructor(options: GoogleApiOptions) {
    this.#options = options;
  }

  /** @throws {GoogleError} it is refused. @throws {ProviderError} it could not be asked. */
  async call<Output>(request: GoogleRequest<Output>, signal: AbortSignal): Promise<Output> {
    const { output, what } = request;
    let answer = await this.#send(request, signal);
    if (answer.status === 401) {
      // The token may have been ended before its time.
      this.#options.token.drop();
      answer = await this.#send(request, signal);
    }
    if (answer.status !== 200) throw this.#refusal(answer, what);
    const read = output.safeParse(jsonIn(answer, this.#tried(what)));
    if (read.success) return read.data;
    throw new ProviderError('malformed', `Google, ${what}: its answer is not understood.`);
  }

  async #send(
    { method = 'GET', path, body, what }: GoogleRequest<unknown>,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    const { origin, token, tools } = this.#options;
    const { text } = await token.get(signal);
    const answer = await sendDiagnosed(
      tools.http,
      {
        method,
        url: `${origin}/v1/${path}`,
        headers: {
          Accept: 'application/json',
          Authorization: `Bearer ${text}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        follows: false,
        // All that is asked here may be asked twice.
        attempts: 3,
        maxBytes: MAX_BYTES,
        signal,
      },
      this.#tried(what),
    );
    this.clockSkewSeconds = clockSkewSeconds(answer, tools.now()) ?? this.clockSkewSeconds;
    return answer;
  }

  #refusal(answer: UpstreamAnswer, what: string): ProviderError {
    const { secret } = this.#options;
    const read = Refused.safeParse(objectIn(answer.body));
    const tried = this.#tried(what);
    if (!read.success)
      return isPage(answer) ? notARegistry(answer, tried) : refusalOf(answer, { ...tried, secrets: [secret] });
    const { status: reason, details } = read.data.error;
    const error = refusalOf(answer, { ...tried, secrets: [secret] });
    const detail = details.find((one) => one.reason !== undefined)?.reason;
    if (detail === 'ACCESS_TOKEN_EXPIRED') return new GoogleError(reason, error, 'token-expired');
    if (answer.status === 401 && this.#options.isTokenGiven) {
      const message = `${error.message} An access token ends an hour after it was made: the key of a service account lasts.`;
      return new GoogleError(reason, error, error.diagnosis, message);
    }
    if (reason === 'RESOURCE_EXHAUSTED') return new GoogleError(reason, error, 'rate-limited');
    if (detail === 'SERVICE_DISABLED') {
      const message =
        'The API of Artifact Registry is switched off in this project: "gcloud services enable artifactregistry.googleapis.com".';
      return new GoogleError(reason, error, 'forbidden', message);
    }
    return new GoogleError(reason, error);
  }

  #tried(what: string): { host: string; what: string; now: number } {
    const { origin, tools } = this.#options;
    return { host: new URL(origin).host, what, now: tools.now() };
  }
}
