import { digestOf, type Digest } from '../oci/digest.ts';
import { OCI_INDEX } from '../oci/media-types.ts';
import { referrersTag } from '../oci/tag.ts';
import type { RemoteManifest } from './manifests.ts';
import type { RemoteRepository } from './remote-repository.ts';

/** Changes of one list, one after the other: it is read, and written as a whole. */
const turns = new Map<string, Promise<void>>();

/**
 * Adds a referrer to the list that clients keep under a tag, on a registry that has no referrers API. Two programs that
 * do so at the same moment may lose one of the entries: the specification has no way to prevent it.
 *
 * @see distribution-spec v1.1.1 §Pushing Manifests with Subject
 */
export async function addToReferrersTag(
  repository: RemoteRepository,
  subject: Digest,
  { referrer, signal }: { readonly referrer: RemoteManifest; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const key = `${repository.registry.address.origin}/${repository.name}@${subject}`;
  const before = turns.get(key) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => add(repository, subject, { referrer, signal }));
  turns.set(key, turn);
  try {
    await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

async function add(
  repository: RemoteRepository,
  subject: Digest,
  { referrer, signal }: { readonly referrer: RemoteManifest; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const tag = referrersTag(subject);
  const kept = (await repository.findManifest(tag, signal))?.parsed.manifests ?? [];
  if (kept.some(({ digest }) => digest === referrer.digest)) return;
  const { artifactType, annotations } = referrer.parsed;
  const entry = {
    mediaType: referrer.mediaType,
    digest: referrer.digest,
    size: referrer.bytes.byteLength,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...kept, entry] };
  const bytes = new TextEncoder().encode(JSON.stringify(index));
  await repository.putManifest({ tagOrDigest: tag, mediaType: OCI_INDEX, digest: digestOf(bytes), bytes }, signal);
}
