import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { cosignTags } from '../../oci/digest-tag.ts';
import { isDigest, type Digest } from '../../oci/digest.ts';
import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import { OCI_INDEX, parseMediaType } from '../../oci/media-types.ts';
import { referrersTag } from '../../oci/tag.ts';
import type { Page, PageRequest, RemoteReferrer } from '../account.ts';
import { type NativePage, pageOfMany } from '../page-of-many.ts';
import { ProviderError } from '../provider-error.ts';
import { nextOf, objectIn } from './answer.ts';
import { inParallel } from './in-parallel.ts';
import { getManifest, headManifest } from './manifests.ts';
import type { OciSession } from './oci-session.ts';

export interface ReferrersWanted {
  readonly repository: string;
  /** A digest. */
  readonly subject: string;
  readonly signal: AbortSignal;
}

/** Where a list goes on behind its end, with what only tags tell. No query of a registry begins so. */
const TAGS = '#tags';

/**
 * What refers to a manifest, a page of it: by the referrers API; where there is none, by the tag under which clients keep
 * the list; at the end, what older tools say by tags of their own. Nothing of all this there is nothing wrong.
 *
 * @see distribution-spec v1.1.1 §Listing Referrers, §Referrers Tag Schema
 */
export async function listReferrers(
  session: OciSession,
  wanted: ReferrersWanted,
  page: PageRequest,
): Promise<Page<RemoteReferrer>> {
  const { subject } = wanted;
  if (!isDigest(subject)) throw new ProviderError('not-found', 'What refers to an image is asked by its digest.');
  return await pageOfMany(page, async (native) =>
    native === TAGS
      ? { items: await byOldTags(session, wanted, subject), next: undefined }
      : await byApi(session, { ...wanted, subject }, native),
  );
}

async function byApi(
  session: OciSession,
  { repository, subject, signal }: ReferrersWanted & { readonly subject: Digest },
  query: string | undefined,
): Promise<NativePage<RemoteReferrer>> {
  const answer = await session.send({
    method: 'GET',
    path: `/v2/${repository}/referrers/${subject}${query === undefined ? '' : `?${query}`}`,
    scopes: [`repository:${repository}:pull`],
    headers: { Accept: OCI_INDEX },
    signal,
  });
  if (answer.status === 429 || answer.status >= 500) {
    throw session.refusalOf(answer, `listing what refers to ${subject}`);
  }
  const list = listIn(answer);
  if (list !== undefined) {
    const next = nextOf(answer)?.search.slice(1) ?? '';
    return { items: list.flatMap(referrerIn), next: next === '' || next === query ? TAGS : next };
  }
  // The list that clients keep is a manifest as any other.
  const kept = await getManifest(session, { repository, tagOrDigest: referrersTag(subject), signal });
  const entries = kept?.isIndex === true ? (objectIn(kept.content)?.['manifests'] as readonly unknown[]) : [];
  return { items: entries.flatMap(referrerIn), next: TAGS };
}

/** `undefined`: there is no such API. */
function listIn(answer: UpstreamAnswer): readonly unknown[] | undefined {
  if (answer.status !== 200) return undefined;
  const list = objectIn(answer.body)?.['manifests'];
  if (Array.isArray(list)) return list as readonly unknown[];
  return parseMediaType(answer.headers.get('content-type') ?? '') === OCI_INDEX ? [] : undefined;
}

async function byOldTags(
  session: OciSession,
  { repository, signal }: ReferrersWanted,
  subject: Digest,
): Promise<readonly RemoteReferrer[]> {
  const found = await inParallel(cosignTags(subject), async (tag): Promise<readonly RemoteReferrer[]> => {
    const { digest, mediaType = '' } = await headManifest(session, { repository, tagOrDigest: tag, signal });
    return digest === undefined ? [] : [{ digest, mediaType, tag, annotations: {} }];
  });
  return found.flat();
}

function referrerIn(entry: unknown): readonly RemoteReferrer[] {
  if (!isJsonObject(entry)) return [];
  const { digest, mediaType, size, artifactType } = entry;
  if (typeof digest !== 'string' || !isDigest(digest)) return [];
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  return [
    {
      digest,
      mediaType: typeof mediaType === 'string' ? mediaType : '',
      ...(isSize && { bytes: size }),
      ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
      annotations: annotationsIn(entry),
    },
  ];
}

function annotationsIn({ annotations }: JsonObject): Readonly<Record<string, string>> {
  if (!isJsonObject(annotations)) return {};
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
