import type { Account, CheckReport } from '../providers/account.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { toProviderError } from '../providers/diagnose.ts';
import { formsOfSecret } from '../providers/said.ts';
import type { Tested } from './connections.ts';

/** Longer than any registry that can be worked with takes. */
const MOST_SECONDS = 45;

export interface TrialOptions {
  readonly repository: string | undefined;
  /** `ghcr.io` */
  readonly host: string;
  /** Never shown, whoever repeats them. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  /** Default {@link MOST_SECONDS}. */
  readonly seconds?: number;
}

/** A trial, and when the registry wants to be asked again. */
export interface Trial extends Tested {
  readonly retryAt: Date | undefined;
}

/** Tries an account, and says what came of it. @throws only what `signal` was aborted for, and mistakes of ours. */
export async function tryAccount(account: Pick<Account, 'check'>, options: TrialOptions): Promise<Trial> {
  const { repository, host, secrets, signal, seconds = MOST_SECONDS } = options;
  const start = performance.now();
  const elapsed = (): number => Math.round(performance.now() - start);
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const asked = { ...(repository !== undefined && { repository }) };
    const report = await account.check(asked, AbortSignal.any([signal, limit]));
    return {
      report: withoutSecretsIn(report, secrets),
      problem: undefined,
      milliseconds: elapsed(),
      retryAt: undefined,
    };
  } catch (error) {
    signal.throwIfAborted();
    const failure = limit.aborted ? tooSlow(host, seconds) : toProviderError(error, { host, what: 'trying it' });
    if (!(failure instanceof ProviderError)) throw failure;
    const problem = { diagnosis: failure.diagnosis, message: withoutSecrets(failure.message, secrets) };
    return { report: undefined, problem, milliseconds: elapsed(), retryAt: failure.retryAt };
  }
}

function tooSlow(host: string, seconds: number): ProviderError {
  return new ProviderError('timeout', `${host} did not answer all that was asked within ${seconds} seconds.`);
}

/** What a registry repeats of a secret is not shown: neither as it is, nor as it travels. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets.flatMap(formsOf)) shown = shown.replaceAll(secret, '[secret]');
  return shown;
}

function withoutSecretsIn(report: CheckReport, secrets: readonly string[]): CheckReport {
  return { ...report, remarks: report.remarks.map((remark) => withoutSecrets(remark, secrets)) };
}

/** A text so short is no secret, and would make holes into every sentence. */
const SHORTEST = 4;

function formsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST) return [];
  const bytes = Buffer.from(secret);
  return [...formsOfSecret(secret), bytes.toString('base64'), bytes.toString('base64url')];
}
