import type { Refusals } from '../audit/refusals.ts';
import type { Actor } from '../metadata/actor.ts';
import { CredentialsRefusedError } from '../auth/credentials/refusal.ts';
import { OciError } from '../oci/errors.ts';

/** A path is as long as whoever sends it likes. */
const LONGEST_PATH_CHARACTERS = 200;

/** Records a request that would have changed something, and was not allowed to. A login that was refused is recorded as one. */
export function noteRefused(
  refusals: Pick<Refusals, 'note'>,
  error: unknown,
  { request, actor }: { readonly request: Request; readonly actor: Actor },
): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (error instanceof CredentialsRefusedError) return;
  if (!(error instanceof OciError) || (error.status !== 401 && error.status !== 403)) return;
  const path = new URL(request.url).pathname.slice(0, LONGEST_PATH_CHARACTERS);
  refusals.note(actor, { action: 'api.refused', details: { method: request.method, path, reason: error.message } });
}
