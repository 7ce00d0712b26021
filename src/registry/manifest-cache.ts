import type { ManifestContent, ManifestContentKey } from '../metadata/manifests.ts';

type Shelf = Map<string, Map<string, ManifestContent>>;

/** What an entry costs besides the bytes of its manifest: names, and the headers of its reply. Small ones cost little else. */
const ENTRY_BYTES = 1024;

/**
 * Manifests as they were last read, by repository and by what they were asked by (a tag or a digest), so that the pull
 * path does not touch the database. Whatever changes a repository forgets it here before the change is acknowledged:
 * a deleted or moved tag is never served from memory.
 *
 * Where others change repositories too, only the bytes are remembered here, by media type and digest.
 *
 * What is not used goes: there are two shelves, each of half the size; what is found on the old one moves to the new
 * one, and when the new one is full the old one is emptied and they change places.
 */
export class ManifestCache {
  readonly #shelfBytes: number;
  #new: Shelf = new Map();
  #old: Shelf = new Map();
  #newBytes = 0;
  #changes = 0;
  #hits = 0;
  #misses = 0;

  /** @param limitBytes of memory for manifests and what goes with them; 0 keeps none. */
  constructor(limitBytes: number) {
    this.#shelfBytes = limitBytes / 2;
  }

  get(repository: string, tagOrDigest: string): ManifestContent | undefined {
    const found = this.#new.get(repository)?.get(tagOrDigest);
    if (found !== undefined) {
      this.#hits += 1;
      return found;
    }
    const aged = this.#old.get(repository)?.get(tagOrDigest);
    if (aged !== undefined) this.#keep(repository, tagOrDigest, aged);
    if (aged === undefined) this.#misses += 1;
    else this.#hits += 1;
    return aged;
  }

  /** How many times something was found, since the start. */
  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  /** Taken before a read; {@link put} with it ignores what was read before a change that happened since. */
  get changes(): number {
    return this.#changes;
  }

  put(repository: string, tagOrDigest: string, content: ManifestContent, changesBefore: number): void {
    if (changesBefore === this.#changes) this.#keep(repository, tagOrDigest, content);
  }

  /** Bytes as such, whoever has them: for those who find out each time what a repository has. */
  getContent({ digest, mediaType }: ManifestContentKey): ManifestContent | undefined {
    return this.get(mediaType, digest);
  }

  putContent(content: ManifestContent): void {
    this.#keep(content.mediaType, content.digest, content);
  }

  /** The repository changed: nothing known of it holds. */
  forget(repository: string): void {
    this.#changes += 1;
    this.#new.delete(repository);
    this.#old.delete(repository);
  }

  #keep(repository: string, tagOrDigest: string, content: ManifestContent): void {
    const cost = content.bytes.byteLength + ENTRY_BYTES;
    if (cost > this.#shelfBytes) return;
    if (this.#newBytes + cost > this.#shelfBytes) {
      this.#old = this.#new;
      this.#new = new Map();
      this.#newBytes = 0;
    }
    const entries = this.#new.get(repository) ?? new Map<string, ManifestContent>();
    entries.set(tagOrDigest, content);
    this.#new.set(repository, entries);
    this.#newBytes += cost;
  }
}
