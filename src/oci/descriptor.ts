import { type Digest, parseDigest } from './digest.ts';
import { DigestInvalidError, ManifestInvalidError } from './errors.ts';
import { fieldNames, isJsonObject, type JsonObject, refuseCaseVariants } from './json-object.ts';

export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

export type Annotations = Readonly<Record<string, string>>;

/** What points at content: its type, its digest, its size in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

const FIELDS = fieldNames('mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'artifactType', 'platform');

/**
 * Reads a descriptor out of a manifest. Any media type is taken, unknown fields are ignored, and `null` means absent,
 * as the clients written in Go have it.
 *
 * @param where the place in the manifest, for the message: `layers[3]`.
 * @throws {ManifestInvalidError}
 * @see image-spec v1.1, descriptor.md
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isJsonObject(value)) throw new ManifestInvalidError(`${where} must be a descriptor`);
  refuseCaseVariants(value, FIELDS, where);
  const mediaType = optionalMediaType(value['mediaType'], `${where}.mediaType`);
  if (mediaType === undefined) throw new ManifestInvalidError(`${where}.mediaType is missing`);
  const artifactType = optionalMediaType(value['artifactType'], `${where}.artifactType`);
  const urls = optionalUrls(value['urls'], `${where}.urls`);
  const annotations = optionalAnnotations(value['annotations'], `${where}.annotations`);
  const platform = optionalPlatform(value['platform'], `${where}.platform`);
  return {
    mediaType,
    digest: descriptorDigest(value['digest'], `${where}.digest`),
    size: descriptorSize(value['size'], `${where}.size`),
    ...(urls === undefined ? {} : { urls }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform }),
  };
}

/** Twice the 127 characters that RFC 6838 §4.2 gives each half, and the slash. */
const MAX_MEDIA_TYPE_CHARACTERS = 255;

/**
 * An empty text is an absent one. Only printable ASCII passes, because these texts go into database columns, where
 * NUL and half surrogates are refused or changed.
 *
 * @throws {ManifestInvalidError}
 */
export function optionalMediaType(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || value.length > MAX_MEDIA_TYPE_CHARACTERS || !/^[\x20-\x7e]+$/.test(value)) {
    throw new ManifestInvalidError(`${where} must be a media type`);
  }
  return value;
}

/** @throws {ManifestInvalidError} not an object whose values are all strings. */
export function optionalAnnotations(value: unknown, where: string): Annotations | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw new ManifestInvalidError(`${where} must be an object`);
  for (const text of Object.values(value)) {
    if (typeof text !== 'string') throw new ManifestInvalidError(`${where} must have only strings`);
  }
  return value as Annotations;
}

function optionalUrls(value: unknown, where: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((url): url is string => typeof url === 'string')) {
    throw new ManifestInvalidError(`${where} must be a list of URLs`);
  }
  return value;
}

function descriptorDigest(value: unknown, where: string): Digest {
  try {
    return parseDigest(typeof value === 'string' ? value : '');
  } catch (error) {
    if (!(error instanceof DigestInvalidError)) throw error;
    throw new ManifestInvalidError(`${where} is not a supported digest`);
  }
}

/** Sizes are 64-bit in the specification; beyond 2^53 (9 petabytes) we could not count exactly. */
function descriptorSize(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new ManifestInvalidError(`${where} must be a size in bytes`);
  }
  return value;
}

function optionalPlatform(value: unknown, where: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw new ManifestInvalidError(`${where} must be an object`);
  const text = (field: string): string => optionalText(value, field, where) ?? '';
  const variant = optionalText(value, 'variant', where);
  const osVersion = optionalText(value, 'os.version', where);
  return {
    architecture: text('architecture'),
    os: text('os'),
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
  };
}

function optionalText(object: JsonObject, field: string, where: string): string | undefined {
  const value = object[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new ManifestInvalidError(`${where}.${field} must be a text`);
  return value;
}
