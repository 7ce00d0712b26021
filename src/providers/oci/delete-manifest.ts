import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { OciSession } from './oci-session.ts';

export const DELETION_IS_OFF =
  'This registry has deletion switched off. Whoever runs it can allow it: Docker’s registry does with REGISTRY_STORAGE_DELETE_ENABLED=true.';

/** The answer to `DELETE manifest`. */
export async function sendDelete(
  {
    session,
    repository,
    signal,
  }: { readonly session: OciSession; readonly repository: string; readonly signal: AbortSignal },
  tagOrDigest: string,
): Promise<UpstreamAnswer> {
  return await session.send({
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${tagOrDigest}`,
    scopes: [`repository:${repository}:delete`],
    // Deleting twice is deleting once.
    attempts: 3,
    signal,
  });
}
