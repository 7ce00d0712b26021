import { algorithmOf, digestOf, parseDigest, type Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseManifest, type ParsedManifest } from '../oci/manifest.ts';
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
  parseMediaType,
} from '../oci/media-types.ts';
import { DigestMismatchError, MalformedReplyError } from './client-error.ts';
import { readBounded } from './reply.ts';

/** All that we can carry. Registries of the last generation convert, or hide, what is not named here. */
export const MANIFEST_ACCEPT = [OCI_INDEX, OCI_MANIFEST, DOCKER_MANIFEST_LIST, DOCKER_MANIFEST].join(', ');

/** A manifest as another registry serves it: the bytes, and what they say. */
export interface RemoteManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly parsed: ParsedManifest;
}

/** What `HEAD` says of a manifest. */
export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes, where the registry says it. */
  readonly size: number | undefined;
}

/**
 * Reads the reply to `GET manifest`.
 *
 * @param wanted the digest that was asked for, if it was one.
 * @throws {DigestMismatchError} the bytes are not what was asked for, or not what the registry says they are.
 */
export async function readManifest(
  response: Response,
  { wanted, limitBytes, what }: { wanted?: Digest; limitBytes: number; what: string },
): Promise<RemoteManifest> {
  const bytes = new Uint8Array(await readBounded(response, limitBytes, what));
  const announced = announcedDigest(response);
  const digest = wanted ?? digestOf(bytes, announced === undefined ? 'sha256' : algorithmOf(announced));
  for (const expected of [wanted, announced]) {
    if (expected !== undefined && digestOf(bytes, algorithmOf(expected)) !== expected) {
      throw new DigestMismatchError(`${what}: the bytes are not those of ${expected}.`);
    }
  }
  try {
    const parsed = parseManifest(bytes, usefulType(response));
    return { digest, mediaType: parsed.mediaType, bytes, parsed };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new MalformedReplyError(`${what}: ${error.message}.`, { cause: error });
  }
}

/** Reads the reply to `HEAD manifest`; `undefined` where it does not say enough, and only `GET` tells. */
export function readManifestHead(response: Response): ManifestHead | undefined {
  const digest = announcedDigest(response);
  const mediaType = usefulType(response);
  if (digest === undefined || mediaType === undefined) return undefined;
  const length = response.headers.get('content-length');
  return { digest, mediaType, size: length === null || length === '0' ? undefined : Number(length) };
}

/** `Docker-Content-Digest`, if it is one we can compute. */
export function announcedDigest(response: Response): Digest | undefined {
  try {
    return parseDigest(response.headers.get('docker-content-digest') ?? '');
  } catch {
    return undefined;
  }
}

/** Some servers call everything `application/json` or `text/plain`: then the document itself has to say. */
function usefulType(response: Response): string | undefined {
  const type = parseMediaType(response.headers.get('content-type') ?? '');
  return isManifestType(type) || /manifest|vnd\./.test(type) ? type : undefined;
}
