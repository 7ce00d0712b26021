import { NameInvalidError } from './errors.ts';

declare const repositoryNameBrand: unique symbol;
/** The `<name>` of distribution-spec, already checked: one or more parts with slashes between. */
export type RepositoryName = string & { readonly [repositoryNameBrand]: true };

/** What Docker's registry allows, and what most clients assume. */
export const MAX_REPOSITORY_NAME_CHARACTERS = 255;

/** No part of it can match one text in two ways, so that a refusal takes linear time. */
const PART = String.raw`[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*`;
const REPOSITORY_NAME = new RegExp(`^${PART}(?:/${PART})*$`);

/**
 * Reads a repository name, percent-decoded.
 *
 * @throws {NameInvalidError} longer than 255 characters, or outside the grammar.
 * @see distribution-spec v1.1.1 §Pulling manifests, `<name>`
 */
export function parseRepositoryName(text: string): RepositoryName {
  if (text.length > MAX_REPOSITORY_NAME_CHARACTERS || !REPOSITORY_NAME.test(text)) throw new NameInvalidError(text);
  return text as RepositoryName;
}
