import type { z } from 'zod';
import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { objectIn } from '../oci/answer.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import type { ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { AwsCredentials, CredentialSource } from './aws-credentials.ts';
import { AwsError, awsErrorOf, clockSkewOf } from './aws-error.ts';
import { signedHeaders } from './signed-request.ts';

export interface AwsClientOptions {
  /** `https://api.ecr.eu-west-1.amazonaws.com` */
  readonly endpoint: string;
  /** As AWS signs for it: `ecr`. */
  readonly service: string;
  readonly region: string;
  /** Before the operation in `X-Amz-Target`. */
  readonly target: string;
  readonly credentials: CredentialSource;
  readonly tools: ProviderTools;
  /** Waits before a throttled request is sent again. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface AwsOperation<Output> {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: z.ZodType<Output>;
}

/** AWS says "slow down" by 400, which nothing below here takes for a reason to try again. */
const THROTTLED_ATTEMPTS = 3;
const FIRST_WAIT_MILLISECONDS = 400;
/** Of 5xx and cut connections: all operations that are called here may be called twice. */
const ATTEMPTS = 3;
const MAX_BYTES = 32 * 1024 * 1024;

/** Calls a service of AWS that speaks its JSON 1.1 protocol. */
export class AwsClient {
  readonly #options: AwsClientOptions;
  /** AWS's clock less ours, in seconds, as its last answer had it. */
  clockSkewSeconds: number | undefined;

  constructor(options: AwsClientOptions) {
    this.#options = options;
  }

  /** @throws {AwsError} AWS refuses it. @throws {ProviderError} AWS could not be asked, or says what nobody understands. */
  async call<Output>({ operation, input, output }: AwsOperation<Output>, signal: AbortSignal): Promise<Output> {
    const answer = await this.#unthrottled(operation, JSON.stringify(input), signal);
    const read = output.safeParse(objectIn(answer.body));
    if (read.success) return read.data;
    throw new ProviderError('malformed', `The answer of AWS to ${operation} is not understood.`);
  }

  async #unthrottled(operation: string, body: string, signal: AbortSignal): Promise<UpstreamAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#send(operation, body, signal);
      } catch (error) {
        // A registry that says when to come back is not asked before; UpstreamHttp sees to that.
        const isPassing = error instanceof AwsError && error.diagnosis === 'rate-limited' && error.status === 400;
        if (!isPassing || attempt >= THROTTLED_ATTEMPTS) throw error;
        await this.#options.wait(FIRST_WAIT_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + Math.random()), signal);
      }
    }
  }

  async #send(operation: string, body: string, signal: AbortSignal): Promise<UpstreamAnswer> {
    const { endpoint, service, region, target, tools } = this.#options;
    const credentials = await this.#options.credentials(signal);
    const url = `${endpoint}/`;
    const headers = await signedHeaders({
      url,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${operation}` },
      body,
      service,
      region,
      credentials,
      at: new Date(tools.now()),
    });
    const request = {
      method: 'POST',
      url,
      headers,
      body,
      follows: false,
      attempts: ATTEMPTS,
      maxBytes: MAX_BYTES,
      signal,
    };
    const answer = await sendDiagnosed(tools.http, request, {
      host: new URL(endpoint).host,
      what: `calling ${operation}`,
      now: tools.now(),
    });
    this.clockSkewSeconds = clockSkewOf(answer, tools.now()) ?? this.clockSkewSeconds;
    if (answer.status === 200) return answer;
    throw refusal(answer, { operation, now: tools.now(), credentials });
  }
}

interface Refusal {
  readonly operation: string;
  readonly now: number;
  readonly credentials: AwsCredentials;
}

function refusal(answer: UpstreamAnswer, { operation, now, credentials }: Refusal): AwsError {
  const document = objectIn(answer.body);
  const named = document?.['__type'];
  const type = typeof named === 'string' ? named : (answer.headers.get('x-amzn-errortype') ?? '');
  const message = document?.['message'] ?? document?.['Message'];
  return awsErrorOf(answer, {
    operation,
    // `com.amazonaws.ecr#RepositoryNotFoundException`, `ValidationException:http://…`
    type: /(?:^|#)(\w+)(?::.*)?$/s.exec(type)?.[1] ?? '',
    message: typeof message === 'string' ? message : '',
    now,
    secrets: secretsOf(credentials),
  });
}

export function secretsOf({ secretAccessKey, sessionToken = '' }: AwsCredentials): readonly string[] {
  return [secretAccessKey, sessionToken];
}
