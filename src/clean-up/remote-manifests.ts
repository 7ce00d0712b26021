import { isIndexType, OCI_MANIFEST } from '../oci/media-types.ts';
import type { Account, ImageReader, RemoteImage, RemoteManifest } from '../providers/account.ts';
import { inParallel } from '../providers/oci/in-parallel.ts';
import { type Diagnosis, ProviderError } from '../providers/provider-error.ts';

/** Of one repository, each time that it is looked at. What is not read protects what it might name. */
const MOST_READ = 20_000;
/** At a time: people who look at the same registry have the others. */
const AT_A_TIME = 4;
/** Of one account: digests, with those that an index names. */
const MOST_REMEMBERED = 200_000;

/** What cannot be read for these reasons stays unknown, and protects what it might name; others end the work. */
const STAYS_UNKNOWN: ReadonlySet<Diagnosis> = new Set(['forbidden', 'not-found', 'malformed', 'unsupported']);

/**
 * The same images, with what they name and what they are about, where that decides what may go and the registry does not
 * say: of an index, and of what may be one, what it names; then, of what has no tag and no index names, what it is about.
 * Each is one request, for a manifest; an account asks for each digest once, because what it names cannot change.
 *
 * @throws {ProviderError}
 */
export async function withManifests(
  account: Account,
  repository: string,
  { images, signal }: { readonly images: readonly RemoteImage[]; readonly signal: AbortSignal },
): Promise<readonly RemoteImage[]> {
  const { reader, deletion } = account;
  // Where only tags go, the registry itself keeps what an index names.
  if (reader === undefined || !deletion.manifest || images.length < 2) return images;
  const reading = new Reading({ reader, repository, known: knownTo(account), signal });
  const withChildren = await reading.read(images, mayBeIndex);
  const named = new Set(withChildren.flatMap(({ children = [] }) => children));
  return await reading.read(withChildren, (image) => mayBeAbout(image) && !named.has(image.digest));
}

/** Whether it may name others, and nobody knows which. */
export function mayBeIndex({ children, mediaType }: RemoteImage): boolean {
  return children === undefined && (mediaType === undefined || isIndexType(mediaType));
}

/** Whether it may be about another, and nobody knows which. What has a tag is somebody's; Docker's types are about nothing. */
export function mayBeAbout({ subject, tags, mediaType }: RemoteImage): boolean {
  const mayHaveSubject = mediaType === undefined || mediaType === OCI_MANIFEST || isIndexType(mediaType);
  return subject === undefined && tags.length === 0 && mayHaveSubject;
}

interface ReadingParts {
  readonly reader: ImageReader;
  readonly repository: string;
  readonly known: Known;
  readonly signal: AbortSignal;
}

class Reading {
  readonly #parts: ReadingParts;
  #left = MOST_READ;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  async read(
    images: readonly RemoteImage[],
    isWanted: (image: RemoteImage) => boolean,
  ): Promise<readonly RemoteImage[]> {
    return await inParallel(
      images,
      async (image) => (isWanted(image) ? await this.#completed(image) : image),
      AT_A_TIME,
    );
  }

  async #completed(image: RemoteImage): Promise<RemoteImage> {
    const found = this.#parts.known.get(image.digest) ?? (await this.#found(image.digest));
    if (found === undefined) return image;
    const { mediaType, children, subject, artifactType, bytes } = found;
    return {
      ...(artifactType !== undefined && { artifactType }),
      ...(bytes !== undefined && { bytes }),
      ...image,
      mediaType,
      children,
      subject,
    };
  }

  async #found(digest: string): Promise<RemoteManifest | undefined> {
    const { reader, repository, known, signal } = this.#parts;
    signal.throwIfAborted();
    if (this.#left <= 0) return undefined;
    this.#left -= 1;
    try {
      const found = await reader.manifest(repository, digest, signal);
      if (found !== undefined) known.add(found);
      return found;
    } catch (error) {
      if (error instanceof ProviderError && STAYS_UNKNOWN.has(error.diagnosis)) return undefined;
      throw error;
    }
  }
}

/** Manifests by digest, of one account: none is shown to another. */
class Known {
  readonly #manifests = new Map<string, RemoteManifest>();
  #size = 0;

  get(digest: string): RemoteManifest | undefined {
    return this.#manifests.get(digest);
  }

  add(manifest: RemoteManifest): void {
    this.#size += 1 + manifest.children.length;
    if (this.#size <= MOST_REMEMBERED) this.#manifests.set(manifest.digest, manifest);
  }
}

const KNOWN = new WeakMap<Account, Known>();

function knownTo(account: Account): Known {
  const known = KNOWN.get(account) ?? new Known();
  KNOWN.set(account, known);
  return known;
}
