import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { digestOf } from '../../oci/digest.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '../../oci/media-types.ts';
import type { DeletionOutcome } from '../account.ts';
import { DELETION_IS_OFF, sendDelete } from './delete-manifest.ts';
import { getManifest } from './manifests.ts';
import type { OciSession } from './oci-session.ts';
import { NO_SUCH_DIGEST } from './trials.ts';

interface DummyOptions {
  readonly session: OciSession;
  readonly repository: string;
  readonly tag: string;
  /** Deletes a manifest, where the registry API cannot; 404: there is none of this digest. */
  readonly deleteDigest?: (digest: string) => Promise<UpstreamAnswer>;
  readonly signal: AbortSignal;
}

/** For a moment the tag names something else, and is put back when that cannot be deleted. */
const DUMMY_CONFIG = JSON.stringify({ architecture: '', os: '', rootfs: { type: 'layers', diff_ids: [] } });

/**
 * Deletes a tag where only manifests can be deleted: something else is pushed under it, and that is deleted. What the tag
 * named stays, with its other tags.
 */
export async function deleteTagByDummy(options: DummyOptions): Promise<Pick<DeletionOutcome, 'result' | 'reason'>> {
  const { session, repository, tag, signal } = options;
  const deleteDigest = options.deleteDigest ?? (async (digest) => await sendDelete(options, digest));
  const before = await getManifest(session, { repository, tagOrDigest: tag, signal });
  if (before === undefined) return { result: 'gone-already' };
  // Otherwise the tag would name the dummy for good.
  const trial = await deleteDigest(NO_SUCH_DIGEST);
  if (trial.status === 405) return { result: 'refused', reason: DELETION_IS_OFF };
  if (trial.status !== 404 && trial.status !== 202) return refused(session, session.saidBy(trial));
  const dummy = await pushDummy(options);
  if (dummy.digest === undefined) return refused(session, dummy.said);
  const deleted = await deleteDigest(dummy.digest);
  if (deleted.status >= 200 && deleted.status < 300) return { result: 'deleted' };
  await putManifest(options, before.content, before.mediaType);
  return refused(session, session.saidBy(deleted));
}

async function pushDummy(
  options: DummyOptions,
): Promise<{ readonly digest: string } | { readonly digest: undefined; readonly said: string }> {
  const { session } = options;
  const config = Buffer.from(DUMMY_CONFIG);
  const uploaded = await uploadBlob(options, config);
  if (uploaded.status !== 201) return { digest: undefined, said: session.saidBy(uploaded) };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: config.byteLength },
      layers: [],
      // Nobody else's: it is deleted by its digest.
      annotations: { 'havre.deletes': `${options.tag} ${crypto.randomUUID()}` },
    }),
  );
  const put = await putManifest(options, manifest, OCI_MANIFEST);
  return put.status === 201 ? { digest: digestOf(manifest) } : { digest: undefined, said: session.saidBy(put) };
}

async function uploadBlob({ session, repository, signal }: DummyOptions, content: Uint8Array): Promise<UpstreamAnswer> {
  const scopes = [`repository:${repository}:pull,push`];
  const path = `/v2/${repository}/blobs/uploads/`;
  const opened = await session.send({ method: 'POST', path, scopes, body: '', signal });
  const location = opened.headers.get('location');
  if (opened.status !== 202 || location === undefined) return opened;
  const separator = location.includes('?') ? '&' : '?';
  return await session.send({
    method: 'PUT',
    path: `${location}${separator}digest=${digestOf(content)}`,
    scopes,
    headers: { 'Content-Type': 'application/octet-stream' },
    body: content,
    signal,
  });
}

async function putManifest(
  { session, repository, tag, signal }: DummyOptions,
  content: Uint8Array,
  mediaType: string,
): Promise<UpstreamAnswer> {
  return await session.send({
    method: 'PUT',
    path: `/v2/${repository}/manifests/${tag}`,
    scopes: [`repository:${repository}:pull,push`],
    headers: { 'Content-Type': mediaType },
    body: content,
    signal,
  });
}

function refused(session: OciSession, said: string): Pick<DeletionOutcome, 'result' | 'reason'> {
  return { result: 'refused', reason: `${session.name} refuses it: ${said}.` };
}
