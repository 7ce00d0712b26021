import { reasonOf } from '../remote-admin.ts';
import { fail, ok, warn, type Finding } from './check.ts';

/** What came of asking for `/v2/`. */
export type Answer =
  | { readonly status: number; readonly isRegistry: boolean; readonly date?: Date }
  | { readonly failure: string };

const ABOUT = 'public URL';
const TIMEOUT_MILLISECONDS = 5000;

/** @param verify whether the certificate has to be one that this machine believes. */
export async function askRegistry(origin: string, verify = true): Promise<Answer> {
  try {
    const { status, headers, body } = await fetch(`${origin}/v2/`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      tls: { rejectUnauthorized: verify },
    });
    await body?.cancel();
    const date = new Date(headers.get('date') ?? Number.NaN);
    const isRegistry = headers.get('docker-distribution-api-version') === 'registry/2.0';
    return { status, isRegistry, ...(Number.isNaN(date.getTime()) ? {} : { date }) };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

export function checkPublicUrl(origin: string, answer: Answer, isServing: boolean): Finding {
  if ('failure' in answer) {
    const message = `${origin} cannot be reached from here: ${answer.failure}`;
    if (!isServing) return warn(ABOUT, message, 'The server does not run. Start it, and ask again.');
    return fail(
      ABOUT,
      message,
      'Look at the proxy, the firewall and the name server between clients and the registry.',
    );
  }
  if (answer.isRegistry && (answer.status === 200 || answer.status === 401)) return ok(ABOUT, `${origin} answers.`);
  return fail(
    ABOUT,
    `${origin}/v2/ answers ${answer.status}${answer.isRegistry ? '' : ', and is no registry'}.`,
    'The proxy in front must hand /v2/ on unchanged.',
  );
}
