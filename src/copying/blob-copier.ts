import type { RemoteRepository } from '../client/remote-repository.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { CopyProgress } from './progress.ts';

export interface BlobCopierOptions {
  readonly source: RemoteRepository;
  readonly destination: RemoteRepository;
  readonly progress: CopyProgress;
  readonly signal: AbortSignal;
  readonly isDryRun?: boolean;
}

/** Brings blobs from one repository to another, each once, through memory and never a file. */
export class BlobCopier {
  readonly #options: BlobCopierOptions;
  readonly #begun = new Map<Digest, Promise<void>>();

  constructor(options: BlobCopierOptions) {
    this.#options = options;
  }

  /** @param step runs the work when there is a place for it. */
  copy(blob: Descriptor, step: (work: () => Promise<void>) => Promise<void>): Promise<void> {
    const begun = this.#begun.get(blob.digest);
    if (begun !== undefined) return begun;
    this.#options.progress.blobFound(blob.size);
    const copying = step(() => this.#copy(blob));
    this.#begun.set(blob.digest, copying);
    return copying;
  }

  async #copy({ digest, size }: Descriptor): Promise<void> {
    const { source, destination, progress, signal, isDryRun } = this.#options;
    if (await destination.hasBlob(digest, signal)) {
      progress.blobSpared('present', size);
      return;
    }
    const isNeighbour = source.registry.address.origin === destination.registry.address.origin;
    if (isDryRun === true) {
      if (isNeighbour) progress.blobSpared('mounted', size);
      else progress.blobs.copied++;
      return;
    }
    const reader = source.readBlob({ digest, size });
    const outcome = await destination.uploadBlob({
      digest,
      size,
      read: (first, stop) => reader.from(first, stop),
      ...(isNeighbour && { mountFrom: source.name }),
      onOffset: progress.followBlob(),
      signal,
    });
    if (outcome === 'mounted') progress.blobSpared('mounted', size);
    else progress.blobs.copied++;
  }
}
