import { type Descriptor, parseDescriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { OCI_INDEX, parseMediaType } from '../oci/media-types.ts';
import { referrersTag } from '../oci/tag.ts';
import { MalformedReplyError, UnexpectedReplyError } from './client-error.ts';
import { pagesOf } from './pages.ts';
import type { RemoteRegistry } from './remote-registry.ts';
import type { RemoteRepository } from './remote-repository.ts';
import { discard } from './reply.ts';

/** More referrers than this of one manifest are not read: each is kept in memory. */
const MAX_REFERRERS = 100_000;

/**
 * The manifests that have `subject` for a subject: from the referrers API, or, where there is none, from the tag under
 * which clients keep them.
 *
 * @see distribution-spec v1.1.1 §Listing Referrers, §Backwards Compatibility
 */
export async function listReferrers(
  repository: RemoteRepository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const { registry } = repository;
  registry.hasReferrersApi ??= await hasReferrersApi(repository, subject, signal);
  if (registry.hasReferrersApi) return await fromApi(repository, subject, signal);
  const kept = await repository.findManifest(referrersTag(subject), signal);
  return kept?.parsed.manifests ?? [];
}

/** A 404 says that there is no such API: subjects without referrers, and unknown ones, have an empty list. */
async function hasReferrersApi(
  repository: RemoteRepository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const response = await repository.registry.send(requestFor(repository, subject, signal));
  const isIndex = parseMediaType(response.headers.get('content-type') ?? '') === OCI_INDEX;
  await discard(response);
  return response.status === 200 && isIndex;
}

async function fromApi(
  repository: RemoteRepository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  try {
    for await (const page of pagesOf(repository.registry, requestFor(repository, subject, signal))) {
      found.push(...descriptorsIn(page, repository.registry));
      if (found.length > MAX_REFERRERS) {
        throw new MalformedReplyError(`${repository.name}: ${subject} has more than ${MAX_REFERRERS} referrers.`);
      }
    }
  } catch (error) {
    // Some registries have the API, and no empty list.
    if (error instanceof UnexpectedReplyError && error.status === 404) return [];
    throw error;
  }
  return found;
}

function descriptorsIn(page: Readonly<Record<string, unknown>>, registry: RemoteRegistry): readonly Descriptor[] {
  const list = Array.isArray(page['manifests']) ? (page['manifests'] as readonly unknown[]) : [];
  try {
    return list.map((entry, place) => parseDescriptor(entry, `manifests[${place}]`));
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new MalformedReplyError(`${registry.address.name}: its list of referrers: ${error.message}.`);
  }
}

function requestFor(
  { name, registry, scopes }: RemoteRepository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Parameters<RemoteRegistry['send']>[0] {
  return {
    method: 'GET',
    url: `${registry.address.origin}/v2/${name}/referrers/${subject}`,
    headers: { Accept: OCI_INDEX },
    scopes,
    what: `listing what refers to ${subject}`,
    signal,
  };
}
