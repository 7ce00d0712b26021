import { sendDelete } from './delete-manifest.ts';
import type { OciSession } from './oci-session.ts';

/** Of no content that anybody has. */
export const NO_SUCH_DIGEST = `sha256:${'0'.repeat(64)}`;

export type Answered = 'yes' | 'no' | 'unknown';

interface Trying {
  readonly session: OciSession;
  readonly repository: string;
  readonly signal: AbortSignal;
}

/** Whether we may pull, by looking at the tags. */
export async function tryPull({ session, repository, signal }: Trying): Promise<Answered> {
  const path = `/v2/${repository}/tags/list?n=1`;
  const { status } = await session.send({ method: 'GET', path, scopes: [`repository:${repository}:pull`], signal });
  return answered(status, { yes: [200], no: [401, 403] });
}

/** Whether we may push, by opening an upload and closing it again: nothing of it is left. */
export async function tryPush({ session, repository, signal }: Trying): Promise<Answered> {
  const scopes = [`repository:${repository}:pull,push`];
  const path = `/v2/${repository}/blobs/uploads/`;
  const opened = await session.send({ method: 'POST', path, scopes, body: '', signal });
  const location = opened.headers.get('location');
  // Registries that cannot close it (405) forget it by themselves.
  if (opened.status === 202 && location !== undefined) {
    await session.send({ method: 'DELETE', path: location, scopes, signal });
  }
  return answered(opened.status, { yes: [201, 202], no: [401, 403, 405] });
}

/** Whether we may delete, by deleting what is not there. `off`: nobody may, the registry has it switched off. */
export async function tryDelete({ session, repository, signal }: Trying): Promise<Answered | 'off'> {
  const { status } = await sendDelete({ session, repository, signal }, NO_SUCH_DIGEST);
  return status === 405 ? 'off' : answered(status, { yes: [202, 404], no: [401, 403] });
}

function answered(
  status: number,
  { yes, no }: { readonly yes: readonly number[]; readonly no: readonly number[] },
): Answered {
  if (yes.includes(status)) return 'yes';
  return no.includes(status) ? 'no' : 'unknown';
}
