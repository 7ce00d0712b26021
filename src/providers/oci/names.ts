import { parseRepositoryName } from '../../oci/repository-name.ts';
import { OciError } from '../../oci/errors.ts';
import { isTag } from '../../oci/tag.ts';
import type { DeletionTarget } from '../account.ts';
import { ProviderError } from '../provider-error.ts';

const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-zA-Z=_-]{32,}$/;

/**
 * Names become parts of paths, where another could lead to anything that the registry has.
 *
 * @throws {ProviderError} it is none.
 */
export function repositoryIn(name: string): string {
  if (isRepositoryName(name)) return name;
  throw new ProviderError('unsupported', `${shown(name)} is not the name of a repository, such as team/app.`);
}

export function isRepositoryName(name: string): boolean {
  try {
    parseRepositoryName(name);
    return true;
  } catch (error) {
    if (error instanceof OciError) return false;
    throw error;
  }
}

/** @throws {ProviderError} it is neither. */
export function tagOrDigestIn(text: string): string {
  if (isTag(text) || DIGEST.test(text)) return text;
  throw new ProviderError('unsupported', `${shown(text)} is neither a tag nor a digest.`);
}

/** @throws {ProviderError} its tag is no tag, or its digest no digest. */
export function refuseStrangeTargets(targets: readonly DeletionTarget[]): void {
  for (const target of targets) {
    const isName = target.kind === 'tag' ? isTag(target.tag) : DIGEST.test(target.digest);
    if (isName) continue;
    const text = target.kind === 'tag' ? target.tag : target.digest;
    throw new ProviderError('unsupported', `${shown(text)} is not a ${target.kind === 'tag' ? 'tag' : 'digest'}.`);
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
