import type { Digest } from '../oci/digest.ts';
import { BEFORE_ALL } from './stretch.ts';

/** Which content of which repository: the primary key of links and of manifests. */
export interface RepositoryContentKey {
  readonly repositoryId: number;
  readonly digest: Digest;
}

/** What lies strictly after a key, as parameters of a query. */
export interface RangeStart {
  readonly afterRepository: number;
  readonly afterDigest: Digest;
}

/** What lies strictly after one key, and up to another one. */
export interface RepositoryContentRange extends RangeStart {
  readonly endRepository: number;
  readonly endDigest: Digest;
}

/** @param after `undefined`: from the beginning of the table. */
export function startAfter(after: RepositoryContentKey | undefined): RangeStart {
  return { afterRepository: after?.repositoryId ?? 0, afterDigest: after?.digest ?? BEFORE_ALL };
}

/** @param end `undefined`: to the end of the table. */
export function rangeUpTo(start: RangeStart, end: RepositoryContentKey | undefined): RepositoryContentRange {
  return {
    ...start,
    endRepository: end?.repositoryId ?? Number.MAX_SAFE_INTEGER,
    endDigest: end?.digest ?? BEFORE_ALL,
  };
}
