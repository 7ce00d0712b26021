import { ProviderError } from '../../providers/provider-error.ts';
import { ProblemError } from '../problem.ts';

/** Where the registry wants to be left alone, whoever asks is told for how long. */
export async function pausing<Result>(now: () => Date, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderError) || !['rate-limited', 'paused'].includes(error.diagnosis)) throw error;
    const { message, retryAt } = error;
    const seconds = retryAt === undefined ? 60 : Math.ceil((retryAt.getTime() - now().getTime()) / 1000);
    throw new ProblemError(429, 'REGISTRY_PAUSED', message, {
      headers: { 'Retry-After': String(Math.max(1, seconds)) },
    });
  }
}
