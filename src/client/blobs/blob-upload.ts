import { formatScope } from '../../oci/scope.ts';
import { isPassing } from '../client-error.ts';
import type { RemoteRepository } from '../remote-repository.ts';
import { discard } from '../reply.ts';
import { pauseBefore } from '../retry.ts';
import type { BlobUpload } from './sent-body.ts';
import { UploadSession } from './upload-session.ts';

export type UploadOutcome = 'mounted' | 'uploaded';

/**
 * Has a registry keep a blob. After a cut the upload goes on where the registry says it is; a session that is lost is
 * replaced by another.
 *
 * @throws {DigestMismatchError} the registry kept something else.
 * @throws whatever `read` throws.
 */
export async function uploadBlob(repository: RemoteRepository, upload: BlobUpload): Promise<UploadOutcome> {
  const { retry } = repository.registry;
  const { signal } = upload;
  let session = await openSession(repository, upload);
  if (session === 'mounted') return session;
  for (let failures = 0; ;) {
    const began: number = session.offset;
    try {
      await session.send();
      return 'uploaded';
    } catch (error) {
      signal?.throwIfAborted();
      failures = session.offset > began ? 1 : failures + 1;
      const milliseconds = pauseBefore(failures, error);
      const isWorthIt: boolean = session.mayGoOn(error) || isPassing(error);
      if (!isWorthIt || failures >= retry.attempts || milliseconds === undefined) {
        await session.cancel();
        throw error;
      }
      if (isPassing(error)) await retry.pause(milliseconds, signal);
      // The reply may be all that was lost.
      if (await repository.hasBlob(upload.digest, signal)) return 'uploaded';
      session = await goOn(repository, upload, session);
      if (session === 'mounted') return session;
    }
  }
}

async function goOn(
  repository: RemoteRepository,
  upload: BlobUpload,
  session: UploadSession,
): Promise<UploadSession | 'mounted'> {
  if (await session.findOffset()) return session;
  await session.cancel();
  const { mountFrom: _, ...withoutMount } = upload;
  const next = await openSession(repository, withoutMount);
  if (next !== 'mounted') next.learnFrom(session);
  return next;
}

async function openSession(repository: RemoteRepository, upload: BlobUpload): Promise<UploadSession | 'mounted'> {
  const { digest, mountFrom, signal } = upload;
  const { registry, name, scopes } = repository;
  const url = new URL(`${registry.address.origin}/v2/${name}/blobs/uploads/`);
  const what = `opening an upload to ${name}`;
  const request = { method: 'POST', headers: { 'Content-Length': '0' }, what, signal } as const;
  if (mountFrom !== undefined) {
    const mount = new URL(url);
    mount.searchParams.set('mount', digest);
    mount.searchParams.set('from', mountFrom);
    const pull = formatScope({ type: 'repository', name: mountFrom, actions: ['pull'] });
    const response = await registry.send({ ...request, url: mount, scopes: [...scopes, pull] });
    if (response.status === 201) {
      await discard(response);
      return 'mounted';
    }
    if (response.status === 202) return await UploadSession.of(repository, upload, response);
    // Registries that know no mounts refuse in many ways; the bytes can still be sent.
    await discard(response);
  }
  const response = await registry.expect([202], { ...request, url, scopes });
  return await UploadSession.of(repository, upload, response);
}
