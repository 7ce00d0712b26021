import type { Database } from '../metadata/database.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { BlobStore, ListingStore } from '../storage/blob-store.ts';

/**
 * What can be wrong:
 *
 * - `bytes-lost`, `bytes-cut`, `bytes-corrupt`: of a blob, as its row and its digest promise them.
 * - `leftover`: bytes that no fact names. `copy-found`: such bytes, of a blob whose own are lost.
 * - `manifest-lost`, `manifest-corrupt`: of the bytes of a manifest.
 * - `contents-wrong`: what is recorded of a manifest is not what it names.
 * - `blob-unlinked`, `child-missing`: a manifest needs something that its repository does not have.
 * - `tag-dangling`, `link-dangling`, `ownerless`: a fact about something that is not there.
 * - `trash-dangling`: what was deleted lacks something, without which it cannot be restored whole.
 */
export type FindingKind =
  | 'bytes-lost'
  | 'bytes-cut'
  | 'bytes-corrupt'
  | 'leftover'
  | 'copy-found'
  | 'manifest-lost'
  | 'manifest-corrupt'
  | 'contents-wrong'
  | 'blob-unlinked'
  | 'child-missing'
  | 'tag-dangling'
  | 'link-dangling'
  | 'ownerless'
  | 'trash-dangling';

/** Something that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  /** What it is about: a digest, `team/app:v1`, a key of the store. */
  readonly subject: string;
  /** A sentence. */
  readonly problem: string;
  /** Absent where only people can help: `problem` says how. */
  readonly repair?: Repair;
}

export interface Repair {
  /** What would be done: a sentence. */
  readonly plan: string;
  /** Looks again before it changes anything. @returns whether it did. */
  readonly apply: () => Promise<boolean>;
}

/** Looks at one thing again, now: what comes and goes while others write is no finding. */
export type Suspect = () => Promise<Finding | undefined>;

/** A part of what is looked at. */
export interface Look {
  /** Things looked at, and bytes read. */
  readonly count: number;
  readonly bytes: number;
  readonly suspects: readonly Suspect[];
  /** Where the next part begins, for who goes on later. */
  readonly bookmark: string;
}

export interface CheckOptions {
  /** Where to begin: a bookmark of an earlier run. */
  readonly after: string | undefined;
  /** Read all bytes, and compare them with their digests. */
  readonly full: boolean;
  readonly signal: AbortSignal;
  /** Called with what was read; waits where reading has to be slow. */
  readonly pace: (bytes: number) => Promise<void>;
}

/** One thing that is verified, from one end to the other, a part at a time. */
export interface Check {
  readonly name: CheckName;
  run(options: CheckOptions): AsyncGenerator<Look, void>;
}

export type CheckName = 'blobs' | 'leftovers' | 'references' | 'manifests';

export interface VerificationParts {
  readonly db: Database;
  readonly store: BlobStore & ListingStore;
  readonly now: () => Date;
  readonly rules: { readonly requireBlobs: boolean; readonly requireIndexChildren: boolean };
  /** Bytes that were committed since less may be about to be named, in seconds. */
  readonly leftoverSeconds: () => number;
  /** Something in the repository was repaired: what is remembered of it is wrong. */
  readonly onRepaired: (repository: RepositoryName) => void;
}

/** The turn of everybody else. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
