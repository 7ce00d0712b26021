import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import { dateIn, numberIn, present, textIn, textsIn } from '../native/json-fields.ts';

/** A manifest, as GitHub has it. */
export interface PackageVersion {
  readonly id: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt?: Date;
}

/** `undefined`: it is no version of a container. */
export function versionOf(object: JsonObject): PackageVersion | undefined {
  const [id, digest] = [numberIn(object, 'id'), textIn(object, 'name')];
  if (id === undefined || digest === undefined) return undefined;
  const { metadata } = object;
  const container = isJsonObject(metadata) ? metadata['container'] : undefined;
  const tags = isJsonObject(container) ? textsIn(container, 'tags') : [];
  return { id: String(id), digest, tags, ...present({ pushedAt: dateIn(object, 'created_at') }) };
}
