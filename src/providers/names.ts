import { isDigest } from '../oci/digest.ts';
import { NameInvalidError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { isTag } from '../oci/tag.ts';
import type { DeletionOutcome, DeletionTarget } from './account.ts';
import { ProviderError } from './provider-error.ts';

/**
 * Names become parts of addresses, where `..` is no name but the folder above: deleting the tag `..` would be deleting
 * its repository. What is not in the grammar of the specification does not get there.
 *
 * @throws {ProviderError} there can be no repository of that name.
 */
export function checkRepositoryName(repository: string): void {
  try {
    parseRepositoryName(repository);
  } catch (error) {
    if (!(error instanceof NameInvalidError)) throw error;
    throw new ProviderError(
      'unsupported',
      'No repository can have that name: names have small letters, digits, and . _ - /.',
    );
  }
}

/** What is refused without asking, because it names nothing that there can be; `undefined`: it may be asked. */
export function refusedByName(target: DeletionTarget): DeletionOutcome | undefined {
  if (target.kind === 'tag') {
    return isTag(target.tag) ? undefined : { target, result: 'refused', reason: 'No tag can have that name.' };
  }
  if (isDigest(target.digest) && target.tags.every(isTag)) return undefined;
  return { target, result: 'refused', reason: 'No image can have that digest, or those tags.' };
}
