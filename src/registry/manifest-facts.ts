import type { ManifestEdge } from '../metadata/manifest-edges.ts';
import type { ManifestRow } from '../metadata/manifests.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ParsedManifest } from '../oci/manifest.ts';
import { isManifestType } from '../oci/media-types.ts';

/** A manifest that was read, and what it is known by. */
export interface ReadManifest {
  readonly digest: Digest;
  readonly manifest: ParsedManifest;
  readonly bytes: Uint8Array;
}

/** What its repository makes of a manifest. */
interface Placed {
  readonly repositoryId: number;
  readonly depth: number;
  /** In milliseconds since the epoch. Default: never. */
  readonly expiresAt?: number | null;
}

/** What is recorded of a manifest beside its bytes. */
export function rowOf(
  { digest, manifest, bytes }: ReadManifest,
  { repositoryId, depth, expiresAt = null }: Placed,
): ManifestRow {
  return {
    repositoryId,
    digest,
    mediaType: manifest.mediaType,
    size: bytes.byteLength,
    artifactType: manifest.artifactType ?? null,
    subject: manifest.subject?.digest ?? null,
    annotations: manifest.annotations === undefined ? null : JSON.stringify(manifest.annotations),
    depth,
    expiresAt,
  };
}

/** The manifests that an index names. Build caches are indexes that name layers beside manifests. */
export function childrenOf(manifest: ParsedManifest): readonly Digest[] {
  return manifest.manifests.filter(isManifest).map((child) => child.digest);
}

/** Everything it names, foreign layers included: if their blob is here, it is needed. */
export function edgesOf(manifest: ParsedManifest): readonly ManifestEdge[] {
  const blobs = [...(manifest.config === undefined ? [] : [manifest.config]), ...manifest.layers];
  return [
    ...blobs.map(({ digest }) => ({ kind: 'blob' as const, digest })),
    ...manifest.manifests.map((child) => ({
      kind: isManifest(child) ? ('manifest' as const) : ('blob' as const),
      digest: child.digest,
    })),
  ];
}

function isManifest(child: Descriptor): boolean {
  return isManifestType(child.mediaType);
}
