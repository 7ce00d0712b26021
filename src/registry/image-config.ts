import type { ImageDetails } from '../metadata/image-details.ts';
import { isJsonObject, type JsonObject } from '../oci/json-object.ts';
import { isStatedEnd } from './rules/stated-end.ts';

/** Configs that say what an image is; those of charts, policies and the like are their own business. */
const IMAGE_CONFIG_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Real configs have a few kilobytes. */
export const LARGEST_CONFIG_BYTES = 1024 * 1024;

/** What is kept of labels, which anybody may write: enough for policies, and little beside the manifest. */
const MOST_LABELS = 100;
const LONGEST_LABEL_NAME = 128;
const LONGEST_LABEL_VALUE = 512;
const LONGEST_PLATFORM_PART = 32;

export function isImageConfig(mediaType: string): boolean {
  return IMAGE_CONFIG_TYPES.has(mediaType);
}

/**
 * What an image's config says of it. A config that cannot be read is a client's choice, and says nothing.
 *
 * @see image-spec v1.1, config.md
 */
export function readImageConfig(bytes: Uint8Array): ImageDetails | undefined {
  const document = jsonOf(bytes);
  if (!isJsonObject(document)) return undefined;
  const config = document['config'];
  const createdAt = timeOf(document['created']);
  return {
    createdAt,
    platform: platformOf(document),
    labels: isJsonObject(config) ? labelsOf(config['Labels']) : undefined,
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function timeOf(value: unknown): Date | undefined {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

/** `os/architecture`, and the variant where there is one. Attestations beside images call themselves unknown/unknown. */
function platformOf(document: JsonObject): string | undefined {
  const [os, architecture, variant] = ['os', 'architecture', 'variant'].map((field) => partOf(document[field]));
  if (os === undefined || architecture === undefined) return undefined;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

function partOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_PLATFORM_PART) return undefined;
  return /^[\w.-]+$/.test(value) ? value : undefined;
}

/**
 * Those of usual length, in their own order but for those that we act on, as far as there is room. PostgreSQL's text has no
 * room for U+0000.
 */
function labelsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const kept = Object.entries(value).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      entry[0].length <= LONGEST_LABEL_NAME &&
      entry[1].length <= LONGEST_LABEL_VALUE &&
      !`${entry[0]}${entry[1]}`.includes('\0'),
  );
  const inOrder = kept.toSorted(([one], [other]) => Number(isStatedEnd(other)) - Number(isStatedEnd(one)));
  return kept.length === 0 ? undefined : Object.fromEntries(inOrder.slice(0, MOST_LABELS));
}
