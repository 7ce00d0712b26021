import { parseDescriptor, type Descriptor } from '../../oci/descriptor.ts';
import { algorithmOf, encodedOf, type Digest } from '../../oci/digest.ts';
import { ManifestInvalidError } from '../../oci/errors.ts';
import { parseJsonDocument } from '../../oci/json-document.ts';
import { isJsonObject } from '../../oci/json-object.ts';
import { OCI_INDEX } from '../../oci/media-types.ts';
import { MovingError } from '../taking.ts';

/*
 * What an OCI image layout is (image-spec v1.1, image-layout.md):
 *
 *     oci-layout                   {"imageLayoutVersion":"1.0.0"}
 *     index.json                   an index: where to begin; each entry may have a name
 *     blobs/sha256/ab3f…e1         bytes: of blobs, and of manifests
 */

export const LAYOUT_FILE = 'oci-layout';
export const INDEX_FILE = 'index.json';
export const LAYOUT_TEXT = '{"imageLayoutVersion":"1.0.0"}';

/** The annotation with the name of an entry: a tag, or a whole reference. */
export const NAME_ANNOTATION = 'org.opencontainers.image.ref.name';

/** Of an index.json that is read, in bytes: 50 000 entries. */
export const MAX_INDEX_BYTES = 16 * 1024 * 1024;

export function layoutBlobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${encodedOf(digest)}`;
}

/** The entries of an `index.json`. @throws {MovingError} it is none. */
export function parseLayoutIndex(bytes: Uint8Array, name: string): readonly Descriptor[] {
  try {
    const document = parseJsonDocument(bytes);
    const manifests = isJsonObject(document) ? document['manifests'] : undefined;
    if (!Array.isArray(manifests)) throw new ManifestInvalidError('manifests is missing');
    return manifests.map((entry, place) => parseDescriptor(entry, `manifests[${place}]`));
  } catch (error) {
    if (!(error instanceof ManifestInvalidError)) throw error;
    throw new MovingError(`${INDEX_FILE} of ${name} cannot be read: ${error.message}.`, { cause: error });
  }
}

export function layoutIndexText(manifests: readonly Descriptor[]): string {
  return `${JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, null, 2)}\n`;
}

/** The tag in the name of an entry: `1.4` of `1.4`, and of `registry.example.org/team/app:1.4`. */
export function tagTextOf(entry: Descriptor): string | undefined {
  const name = entry.annotations?.[NAME_ANNOTATION];
  return name === undefined || name === '' ? undefined : name.slice(name.lastIndexOf(':') + 1);
}
