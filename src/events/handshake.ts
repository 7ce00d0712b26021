import { EgressDeniedError, EgressFailedError } from '../egress/egress-error.ts';
import type { Egress, EgressAnswer } from '../egress/egress.ts';
import { WebhookInvalidError, WebhookRefusedError } from './webhook-error.ts';

/**
 * Asks a receiver whether it wants to be called by us, before anything is sent: so that nobody is made to flood another.
 *
 * @param origin how we are called: `registry.example.org`.
 * @param headers what else it is to be sent, such as an authorization.
 * @throws {WebhookRefusedError} it did not say yes.
 * @throws {WebhookInvalidError} we have no name by which to ask.
 * @see cloudevents/spec http-webhook.md §4
 */
export async function shakeHands(
  { egress, origin }: { readonly egress: Pick<Egress, 'send'>; readonly origin: string | undefined },
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
): Promise<void> {
  if (origin === undefined) {
    throw new WebhookInvalidError('The handshake says who calls: set publicUrl (HAVRE_PUBLIC_URL) first.');
  }
  const answer = await ask(egress, url, { ...headers, 'WebHook-Request-Origin': origin });
  const allowed = answer.headers.get('webhook-allowed-origin');
  if (answer.status >= 200 && answer.status < 300 && (allowed === '*' || allowed?.toLowerCase() === origin)) return;
  const said = allowed === undefined ? 'and does not say WebHook-Allowed-Origin' : 'and allows another origin';
  throw new WebhookRefusedError(
    `The receiver answers ${answer.status} to OPTIONS, ${said}: it does not want to be called by ${origin}.`,
  );
}

async function ask(egress: Pick<Egress, 'send'>, url: string, headers: Record<string, string>): Promise<EgressAnswer> {
  try {
    return await egress.send({ method: 'OPTIONS', url, headers, maxBytes: 0 });
  } catch (error) {
    if (error instanceof EgressDeniedError) throw new WebhookInvalidError(error.message, { cause: error });
    if (error instanceof EgressFailedError) throw new WebhookRefusedError(error.message, { cause: error });
    throw error;
  }
}
