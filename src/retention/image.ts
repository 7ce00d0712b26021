/**
 * One image of a repository as a policy sees it: a manifest with all its tags. Times are milliseconds of one clock, the
 * one `now` is read from; what is not known is absent.
 */
export interface Image {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  /** The last pull that was recorded. */
  readonly pulledAt?: number;
  /** When it lost its last tag. */
  readonly untaggedAt?: number;
  /** When it went to the archive. */
  readonly transitionedAt?: number;
  /** When it last came back from the archive. */
  readonly lastActivatedAt?: number;
  /** Said by whoever knows; else it follows from the two times above ({@link storageClassOf}). */
  readonly storageClass?: StorageClass;
  /** Manifests that this index names. */
  readonly children?: readonly string[];
  /** The manifest that this one is about. */
  readonly subject?: string;
  /** In bytes. */
  readonly size?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `os/architecture[/variant]`; of an index, those of its children. */
  readonly platforms?: readonly string[];
  /** When its configuration says it was built. */
  readonly created?: number;
  readonly mediaType?: string;
  readonly artifactType?: string;
  /** Why nothing may delete it, a sentence each: rules of the repository, which no policy bypasses. */
  readonly protectedBy?: readonly string[];
}

export type StorageClass = 'standard' | 'archive';

/** Archived: it went to the archive and has not come back since. */
export function storageClassOf(image: Image): StorageClass {
  if (image.storageClass !== undefined) return image.storageClass;
  if (image.transitionedAt === undefined) return 'standard';
  return (image.lastActivatedAt ?? -Infinity) >= image.transitionedAt ? 'standard' : 'archive';
}
