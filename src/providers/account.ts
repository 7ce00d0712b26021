import type { ImageView } from '../oci/image-view.ts';

/** A registry as one of its users sees it. Every call may be aborted, and throws `ProviderError` alone. */
export interface Account {
  /** What Docker logs in with just now: made or refreshed when it is due. */
  login(signal: AbortSignal): Promise<DockerLogin>;
  /**
   * Finds out whether these credentials are good, and what they may do, by as few requests as possible. Success without
   * credentials is not taken for valid ones.
   *
   * @param options.repository one to try rights on, where the registry tells of them in no other way.
   * @throws {ProviderError} they are not, or it cannot be told.
   */
  check(options: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport>;
  repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>>;
  tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>>;
  /** Every image, also those without tags where the registry tells of them, in no order. */
  images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage>;
  /** Absent: images cannot be read here. */
  readonly reader?: ImageReader;
  readonly deletion: DeletionRules;
  /** Deletes in the order that the registry wants. What it refuses is told, and keeps nothing else. */
  delete(repository: string, targets: readonly DeletionTarget[], signal: AbortSignal): AsyncIterable<DeletionOutcome>;
  /** Absent: the registry's API cannot make secrets. */
  readonly minting?: Minting;
  /** Absent: the registry applies no lifecycle policies of its own, or Havre does not know them. */
  readonly lifecycle?: OwnLifecycle;
}

/** Reads single images. Every call may be aborted, and throws `ProviderError` alone. */
export interface ImageReader {
  /** An image with what its index names; `undefined`: there is none. */
  image(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<ImageView | undefined>;
  /** What one manifest says, by one request; `undefined`: there is none. */
  manifest(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<RemoteManifest | undefined>;
  /**
   * What refers to a manifest: signatures, attestations, lists of parts. None where the registry knows of no such thing.
   *
   * @param subject a digest.
   */
  referrers(repository: string, subject: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteReferrer>>;
}

export interface DockerLogin {
  readonly username: string;
  readonly password: string;
  /** Absent: nobody knows. */
  readonly expiresAt?: Date;
}

export type RegistryAbility = 'list' | 'pull' | 'push' | 'delete';

export interface CheckReport {
  /** `unknown`: the registry does not tell without trying. */
  readonly abilities: Readonly<Record<RegistryAbility, 'yes' | 'no' | 'unknown'>>;
  /** When the secret itself ends, where the registry says so. */
  readonly secretExpiresAt?: Date;
  /** Who it takes us for. */
  readonly account?: string;
  /** What is worth knowing and no error, a sentence each: a clock that is off, an old version. */
  readonly remarks: readonly string[];
  /** Its clock less ours, in seconds. */
  readonly clockSkewSeconds?: number;
}

export interface PageRequest {
  /** What the page before gave as `next`. */
  readonly after?: string;
  readonly limit: number;
  /** Only names that have this in them, where the registry can search; others are filtered by whoever asks. */
  readonly search?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
  /** Of all pages, where the registry says so. */
  readonly total?: number;
}

export interface RemoteRepositorySummary {
  /** As in a reference, without the host: `library/nginx`. */
  readonly name: string;
  readonly tags?: number;
  readonly bytes?: number;
  readonly pushedAt?: Date;
  readonly pulledAt?: Date;
  readonly isPublic?: boolean;
  readonly description?: string;
}

export interface RemoteTag {
  readonly name: string;
  readonly digest?: string;
  readonly mediaType?: string;
  /** Compressed, of all platforms. */
  readonly bytes?: number;
  readonly pushedAt?: Date;
  readonly pulledAt?: Date;
  readonly platforms?: readonly RemotePlatform[];
  readonly isImmutable?: boolean;
}

export interface RemotePlatform {
  /** `linux/arm64/v8` */
  readonly platform: string;
  readonly digest?: string;
  readonly bytes?: number;
}

export interface RemoteImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly bytes?: number;
  readonly pushedAt?: Date;
  readonly pulledAt?: Date;
  /** What it refers to; `null`: to nothing. Absent: the registry does not say. */
  readonly subject?: string | null;
  /** Digests of what an index names, where that is known: they are needed as long as it is. */
  readonly children?: readonly string[];
  /** What the registry calls it when it is to be deleted: GitHub's number of a version. */
  readonly reference?: string;
  /** Why the registry will not have it deleted: locked, immutable. */
  readonly lockedBecause?: string;
  /** When it last went to an archive, and when it last came back from there. */
  readonly archivedAt?: Date;
  readonly activatedAt?: Date;
}

/** What a manifest says of itself. */
export interface RemoteManifest {
  readonly digest: string;
  readonly mediaType: string;
  /** Digests of what an index names. */
  readonly children: readonly string[];
  /** `null`: it refers to nothing. */
  readonly subject: string | null;
  readonly artifactType?: string;
  /** Of an image, itself included. */
  readonly bytes?: number;
}

export interface RemoteReferrer {
  readonly digest: string;
  readonly mediaType: string;
  /** Of the manifest alone. */
  readonly bytes?: number;
  readonly artifactType?: string;
  /** The tag that says what it is about, where only that does: `sha256-….sig`. */
  readonly tag?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What of a registry may be deleted. */
export interface DeletionRules {
  /** `native`: the tag alone. `dummy`: by pushing something else under it. `no`: only with its image. */
  readonly tag: 'native' | 'dummy' | 'no';
  readonly manifest: boolean;
  /** Deleting an image by digest takes all its tags along. */
  readonly takesTags: boolean;
  /** An image that has tags must lose them first. */
  readonly wantsUntagged: boolean;
  /** At once, at most. */
  readonly batch: number;
}

export type DeletionTarget =
  | { readonly kind: 'tag'; readonly tag: string; readonly digest?: string }
  | {
      readonly kind: 'manifest';
      readonly digest: string;
      readonly tags: readonly string[];
      readonly reference?: string;
      /** Indexes go before what they name. */
      readonly isIndex: boolean;
    };

export interface DeletionOutcome {
  readonly target: DeletionTarget;
  /** `accepted`: the registry does it later. */
  readonly result: 'deleted' | 'accepted' | 'gone-already' | 'refused';
  /** Why it was refused, in a sentence, with what the registry said. */
  readonly reason?: string;
}

/** Secrets that the registry makes by its API. */
export interface Minting {
  /**
   * A new secret of the same rights, beside the old one or in its place.
   *
   * @param current what {@link MintedSecret.reference} said of the one in use; absent: it was given by hand.
   */
  mint(signal: AbortSignal, current?: string): Promise<MintedSecret>;
  /** Ends an older one, by what {@link MintedSecret.reference} said of it. */
  revoke(reference: string, signal: AbortSignal): Promise<void>;
  /** Whether the old secret goes on until it is revoked. */
  readonly overlaps: boolean;
}

export interface MintedSecret {
  readonly username: string;
  readonly secret: string;
  readonly expiresAt?: Date;
  readonly reference?: string;
}

/** The lifecycle policies that a registry itself applies, by its own clock: nobody asks Havre before. */
export interface OwnLifecycle {
  /** `undefined`: the repository has none. @throws {ProviderError} */
  read(repository: string, signal: AbortSignal): Promise<OwnPolicy | undefined>;
  /** In the place of the one that is there. @throws {ProviderError} */
  write(repository: string, text: string, signal: AbortSignal): Promise<void>;
  /**
   * What a policy would do now, by the registry's own reckoning.
   *
   * @param text absent: the policy that is there.
   * @throws {ProviderError} the registry does not take the policy, or is not done in time.
   */
  preview(repository: string, text: string | undefined, signal: AbortSignal): AsyncIterable<PreviewedImage>;
}

export interface OwnPolicy {
  readonly text: string;
  /** When the registry applied it last. */
  readonly evaluatedAt?: Date;
}

/** An image that a policy would do something to, as the registry sees it. */
export interface PreviewedImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt?: Date;
  readonly action: 'expire' | 'transition';
  /** Of the rule that says so. */
  readonly rulePriority?: number;
}
