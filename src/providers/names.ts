import { isDigest } from '../oci/digest.ts';
import { NameInvalidError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { isTag } from '../oci/tag.ts';
import type { DeletionOutcome, DeletionTarget } from './account.ts';
import { ProviderError } from './provider-error.ts';

/*
 * Names become parts of addresses, where `..` is no name but the folder above: deleting the tag `..` would be deleting
 * its repository. What is not in the grammar of the specification does not get there: there can be no such thing.
 */

/** @throws {ProviderError} `not-found`: no repository can have that name. */
export function repositoryIn(name: string): string {
  if (isRepositoryName(name)) return name;
  throw new ProviderError(
    'not-found',
    `${shown(name)} is not the name of a repository: names have small letters, digits, and . _ - / between them, as in team/app.`,
  );
}

export function isRepositoryName(name: string): boolean {
  try {
    parseRepositoryName(name);
    return true;
  } catch (error) {
    if (error instanceof NameInvalidError) return false;
    throw error;
  }
}

/** @throws {ProviderError} `not-found`: it is neither. */
export function tagOrDigestIn(text: string): string {
  if (isTag(text) || isDigest(text)) return text;
  throw new ProviderError('not-found', `${shown(text)} is neither a tag nor a digest, such as 1.4 or sha256:….`);
}

/** What is refused without asking, because it names nothing that there can be; `undefined`: it may be asked. */
export function refusedByName(target: DeletionTarget): DeletionOutcome | undefined {
  if (target.kind === 'tag') {
    return isTag(target.tag) ? undefined : { target, result: 'refused', reason: 'No tag can have that name.' };
  }
  if (isDigest(target.digest) && target.tags.every(isTag)) return undefined;
  return { target, result: 'refused', reason: 'No image can have that digest, or those tags.' };
}

/** What may be asked, and what is refused without. */
export function sortedByName(targets: readonly DeletionTarget[]): {
  readonly named: readonly DeletionTarget[];
  readonly refused: readonly DeletionOutcome[];
} {
  const refused = targets.map(refusedByName).filter((outcome) => outcome !== undefined);
  return { named: targets.filter((target) => refusedByName(target) === undefined), refused };
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
