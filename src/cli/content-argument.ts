import { DigestInvalidError, NameInvalidError, TagInvalidError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseTagOrDigest } from '../oci/tag-or-digest.ts';
import { UsageError } from './cli-error.ts';

/** What a person names: a repository, or a tag or a manifest in it. */
export interface NamedContent {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/**
 * `NAME`, `NAME:TAG` or `NAME@DIGEST`.
 *
 * @throws {UsageError} it is none of them.
 */
export function contentArgument(text: string): NamedContent {
  const parts = /^(?<name>[^:@]+)(?:(?<mark>[:@])(?<reference>.+))?$/.exec(text)?.groups;
  const { name = '', mark, reference = '' } = parts ?? {};
  try {
    const repository = parseRepositoryName(name);
    if (mark === undefined) return { repository };
    const parsed = parseTagOrDigest(reference);
    if ('tag' in parsed && mark === ':') return { repository, tag: parsed.tag };
    if ('digest' in parsed && mark === '@') return { repository, digest: parsed.digest };
  } catch (error) {
    const isWrong =
      error instanceof NameInvalidError || error instanceof TagInvalidError || error instanceof DigestInvalidError;
    if (!isWrong) throw error;
  }
  throw new UsageError(`"${text}" names nothing here: say NAME, NAME:TAG or NAME@DIGEST, such as team/app:1.4.`);
}

/** As {@link contentArgument} reads it. */
export function contentInWords({ repository, tag, digest }: NamedContent): string {
  if (tag !== undefined) return `${repository}:${tag}`;
  return digest === undefined ? repository : `${repository}@${digest}`;
}
