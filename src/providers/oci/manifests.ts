import { MANIFEST_ACCEPT } from '../../client/manifests.ts';
import { digestOf, isDigest } from '../../oci/digest.ts';
import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import { isIndexType, isSchema1Type, parseMediaType } from '../../oci/media-types.ts';
import { ProviderError } from '../provider-error.ts';
import { objectIn } from './answer.ts';
import type { OciSession } from './oci-session.ts';

/** Registries need not keep larger ones. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

export interface ManifestWanted {
  readonly repository: string;
  readonly tagOrDigest: string;
  readonly signal: AbortSignal;
}

export interface SeenDescriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  /** `linux/arm64/v8` */
  readonly platform?: string;
}

/** What we look at in a manifest, of whatever age: nothing is refused that another client could read. */
export interface SeenManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly isIndex: boolean;
  readonly artifactType?: string;
  readonly subject?: string;
  readonly config?: SeenDescriptor;
  /** Of an image, itself included; of an index, only itself. */
  readonly bytes: number;
  readonly children: readonly SeenDescriptor[];
  /** As it came. */
  readonly content: Uint8Array;
}

/** What `HEAD` says; empty: there is none, or it does not say. Counts against no pull limit. */
export async function headManifest(
  session: OciSession,
  { repository, tagOrDigest, signal }: ManifestWanted,
): Promise<{ readonly digest?: string; readonly mediaType?: string }> {
  const answer = await session.send({ ...requestFor(repository, tagOrDigest, signal), method: 'HEAD' });
  if (answer.status === 404) return {};
  if (answer.status !== 200) throw session.refusalOf(answer, `looking for ${repository}:${tagOrDigest}`);
  const digest = answer.headers.get('docker-content-digest') ?? '';
  const mediaType = parseMediaType(answer.headers.get('content-type') ?? '');
  return { ...(isDigest(digest) && { digest }), ...(/manifest|index/.test(mediaType) && { mediaType }) };
}

/**
 * A manifest; `undefined`: there is none.
 *
 * @throws {ProviderError} `malformed`: the bytes are not those of the digest that the registry says.
 */
export async function getManifest(
  session: OciSession,
  { repository, tagOrDigest, signal }: ManifestWanted,
): Promise<SeenManifest | undefined> {
  const request = { ...requestFor(repository, tagOrDigest, signal), maxBytes: MAX_MANIFEST_BYTES };
  const answer = await session.send(request);
  if (answer.status === 404) return undefined;
  const what = `${session.name}/${repository} ${tagOrDigest}`;
  if (answer.status !== 200) throw session.refusalOf(answer, `reading ${repository} ${tagOrDigest}`);
  const document = objectIn(answer.body);
  if (document === undefined || !isManifest(document)) {
    throw new ProviderError('malformed', `${what}: the answer is no manifest.`);
  }
  const mediaType = mediaTypeOf(document, answer.headers.get('content-type') ?? '');
  const announced = answer.headers.get('docker-content-digest') ?? '';
  const computed = digestOf(answer.body, announced.startsWith('sha512:') ? 'sha512' : 'sha256');
  // The digest of a signed manifest of 2015 is of a part of it.
  const digest = isSchema1Type(mediaType) && isDigest(announced) ? announced : computed;
  const expected = isDigest(announced) ? announced : tagOrDigest;
  if (isDigest(expected) && expected.slice(0, 6) === digest.slice(0, 6) && expected !== digest) {
    throw new ProviderError('malformed', `${what}: the bytes are not those of ${expected}.`);
  }
  return { digest, mediaType, content: answer.body, ...contentOf(document, mediaType, answer.body.byteLength) };
}

function requestFor(repository: string, tagOrDigest: string, signal: AbortSignal): Parameters<OciSession['send']>[0] {
  return {
    method: 'GET',
    path: `/v2/${repository}/manifests/${tagOrDigest}`,
    scopes: [`repository:${repository}:pull`],
    // distribution 2 converts to the signed form of 2015 what is not named here: its digest cannot be deleted.
    headers: { Accept: MANIFEST_ACCEPT },
    signal,
  };
}

/** Whatever else a server answers with is nobody's business: it may be what we sent. */
function isManifest({ schemaVersion, manifests, layers, fsLayers, blobs }: JsonObject): boolean {
  return typeof schemaVersion === 'number' || [manifests, layers, fsLayers, blobs].some(Array.isArray);
}

function mediaTypeOf(document: JsonObject, contentType: string): string {
  const { mediaType } = document;
  return typeof mediaType === 'string' && mediaType !== '' ? mediaType : parseMediaType(contentType);
}

function contentOf(
  document: JsonObject,
  mediaType: string,
  ownBytes: number,
): Omit<SeenManifest, 'digest' | 'mediaType' | 'content'> {
  const { artifactType } = document;
  const config = descriptorIn(document['config']);
  const subject = descriptorIn(document['subject'])?.digest;
  const layers = descriptorsIn(document['layers']);
  const sizes = [...new Map([config, ...layers].map((one) => [one?.digest, one?.size ?? 0])).values()];
  return {
    isIndex: isIndexType(mediaType),
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
    ...(subject !== undefined && { subject }),
    ...(config !== undefined && { config }),
    bytes: ownBytes + sizes.reduce((sum, size) => sum + size, 0),
    children: descriptorsIn(document['manifests']),
  };
}

function descriptorsIn(value: unknown): readonly SeenDescriptor[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).map(descriptorIn).filter((one) => one !== undefined);
}

function descriptorIn(value: unknown): SeenDescriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { digest, mediaType, size } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  const platform = platformIn(value['platform']);
  return {
    digest,
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    size: typeof size === 'number' && size > 0 ? size : 0,
    ...(platform !== undefined && { platform }),
  };
}

function platformIn(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const { os, architecture, variant } = value;
  const parts = [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '');
  return parts.length < 2 ? undefined : parts.join('/');
}
