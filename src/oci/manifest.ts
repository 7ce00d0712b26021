import {
  type Annotations,
  type Descriptor,
  optionalAnnotations,
  optionalMediaType,
  parseDescriptor,
} from './descriptor.ts';
import type { Digest } from './digest.ts';
import { ManifestInvalidError } from './errors.ts';
import { fieldNames, isJsonObject, type JsonObject, refuseCaseVariants } from './json-object.ts';
import { parseJsonDocument } from './json-document.ts';
import { isIndexType, isManifestType, isNonDistributable, isSchema1Type, parseMediaType } from './media-types.ts';

/** What the registry must know of a manifest. The bytes themselves are stored and served as received. */
export interface ParsedManifest {
  /** One of the four types of the manifests endpoint. */
  readonly mediaType: string;
  readonly kind: 'image' | 'index';
  /** Images only. */
  readonly config?: Descriptor;
  /** Empty for an index. */
  readonly layers: readonly Descriptor[];
  /** Empty for an image. */
  readonly manifests: readonly Descriptor[];
  /** Need not exist: a referrer may be pushed before what it refers to. */
  readonly subject?: Descriptor;
  /** As a referrers list shows it: for an image without one, the type of its config. */
  readonly artifactType?: string;
  readonly annotations?: Annotations;
}

export interface ManifestLimits {
  readonly manifests: number;
  readonly layers: number;
}

/** Far above real images (127 layers is what overlayfs mounts); each entry costs a row in the database. */
export const DEFAULT_MANIFEST_LIMITS: ManifestLimits = { manifests: 1_000, layers: 10_000 };

const FIELDS = fieldNames(
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
  'fsLayers',
);

/**
 * Reads a pushed manifest.
 *
 * A document that two readers could take for two different things is refused: an image and an index at once
 * (CVE-2021-41190), another type than its `Content-Type`, a field given twice.
 *
 * @param bytes of bounded length: the caller limits it while receiving.
 * @throws {ManifestInvalidError}
 * @see image-spec v1.1, manifest.md and image-index.md
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  limits: ManifestLimits = DEFAULT_MANIFEST_LIMITS,
): ParsedManifest {
  const document = parseJsonDocument(bytes);
  if (!isJsonObject(document)) throw new ManifestInvalidError('manifest must be a JSON object');
  refuseCaseVariants(document, FIELDS, 'manifest');
  const mediaType = manifestType(document, contentType);
  const common = { mediaType, ...commonFields(document) };
  return isIndexType(mediaType) ? indexOf(document, common, limits) : imageOf(document, common, limits);
}

/** The blobs that must be in the repository before the manifest is; each one once. */
export function requiredBlobs(manifest: ParsedManifest): readonly Digest[] {
  const digests = new Set<Digest>();
  if (manifest.config !== undefined) digests.add(manifest.config.digest);
  for (const layer of manifest.layers) {
    const isElsewhere = isNonDistributable(layer.mediaType) && (layer.urls?.length ?? 0) > 0;
    if (!isElsewhere) digests.add(layer.digest);
  }
  return [...digests];
}

function manifestType(document: JsonObject, contentType: string | undefined): string {
  const announced = parseMediaType(contentType ?? '');
  const written = document['mediaType'] ?? '';
  if (typeof written !== 'string') throw new ManifestInvalidError('mediaType must be a text');
  const mediaType = announced === '' ? written : announced;
  if (document['schemaVersion'] === 1 || isSchema1Type(mediaType)) {
    throw new ManifestInvalidError('schema1 unsupported');
  }
  if (document['schemaVersion'] !== 2) throw new ManifestInvalidError('schemaVersion must be 2');
  if (mediaType === '') throw new ManifestInvalidError('neither Content-Type nor mediaType says what this is');
  if (written !== '' && written !== mediaType) {
    throw new ManifestInvalidError('Content-Type and mediaType must be the same');
  }
  if (!isManifestType(mediaType)) throw new ManifestInvalidError('not a supported manifest type');
  return mediaType;
}

type CommonFields = Pick<ParsedManifest, 'mediaType' | 'subject' | 'artifactType' | 'annotations'>;

function commonFields(document: JsonObject): Omit<CommonFields, 'mediaType'> {
  const subject = optionalDescriptor(document, 'subject');
  const artifactType = optionalMediaType(document['artifactType'], 'artifactType');
  const annotations = optionalAnnotations(document['annotations'], 'annotations');
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function imageOf(document: JsonObject, common: CommonFields, limits: ManifestLimits): ParsedManifest {
  refuseFields(document, ['manifests', 'fsLayers'], 'an image manifest');
  const config = optionalDescriptor(document, 'config');
  if (config === undefined) throw new ManifestInvalidError('config is missing');
  const layers = descriptors(document, 'layers', limits.layers);
  return {
    artifactType: config.mediaType,
    ...common,
    kind: 'image',
    config,
    layers,
    manifests: [],
  };
}

function indexOf(document: JsonObject, common: CommonFields, limits: ManifestLimits): ParsedManifest {
  refuseFields(document, ['config', 'layers', 'fsLayers'], 'an index');
  if (document['manifests'] === undefined) throw new ManifestInvalidError('manifests is missing');
  return {
    ...common,
    kind: 'index',
    layers: [],
    manifests: descriptors(document, 'manifests', limits.manifests),
  };
}

function refuseFields(document: JsonObject, fields: readonly string[], what: string): void {
  for (const field of fields) {
    if (document[field] !== undefined && document[field] !== null) {
      throw new ManifestInvalidError(`${what} must not have ${field}`);
    }
  }
}

function optionalDescriptor(document: JsonObject, field: string): Descriptor | undefined {
  const value = document[field];
  return value === undefined || value === null ? undefined : parseDescriptor(value, field);
}

function descriptors(document: JsonObject, field: string, limit: number): readonly Descriptor[] {
  const value = document[field] ?? [];
  if (!Array.isArray(value)) throw new ManifestInvalidError(`${field} must be a list`);
  if (value.length > limit) throw new ManifestInvalidError(`${field} has more than ${limit} entries`, { limit });
  return value.map((entry, index) => parseDescriptor(entry, `${field}[${index}]`));
}
