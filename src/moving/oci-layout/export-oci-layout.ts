import { findLinkedBlob } from '../../metadata/links.ts';
import { findManifest, listReferring } from '../../metadata/manifests.ts';
import { findTagged } from '../../metadata/many-rows.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import { listTagNames } from '../../metadata/tags.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { ContentMissingError } from '../../oci/errors.ts';
import { parseManifest } from '../../oci/manifest.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import type { TagOrDigest } from '../../oci/tag-or-digest.ts';
import type { Tag } from '../../oci/tag.ts';
import { childrenOf, type ReadManifest } from '../../registry/manifest-facts.ts';
import type { BlobBody, StorageKey } from '../../storage/blob-store.ts';
import { blobsOf } from '../foreign-manifest.ts';
import { MovingError, type MovingParts } from '../taking.ts';
import type { Tally } from '../tally.ts';
import { NAME_ANNOTATION, tagTextOf } from './layout-files.ts';
import { LayoutFolder } from './layout-folder.ts';

export interface OciLayoutExport {
  readonly parts: Pick<MovingParts, 'db' | 'store' | 'rules'>;
  readonly repository: RepositoryName;
  /** What to export; `all`: every tag. */
  readonly wanted: readonly TagOrDigest[] | 'all';
  /** Signatures and the like come along. */
  readonly referrers: boolean;
  /** Made when it is not there. A layout that is there is added to. */
  readonly folder: string;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** Rows of one page of tags, or of referrers. */
const PAGE = 1000;

/**
 * Writes images, with all their platforms, into an OCI layout. `index.json` is written last, so that the layout never
 * names what is not there.
 *
 * @throws {MovingError} there is no such tag or manifest, or the folder cannot take it.
 */
export async function exportOciLayout(work: OciLayoutExport): Promise<void> {
  const { parts, repository, folder, tally, signal } = work;
  const repositoryId = await findRepositoryId(parts.db, repository);
  if (repositoryId === undefined) throw new MovingError(`There is no repository ${repository}.`);
  const roots = await rootsOf(work, repositoryId);
  const layout = await LayoutFolder.open(folder);
  const exporting = new LayoutExport(work, layout, repositoryId);
  const added: Descriptor[] = [];
  for (const { digest, tag } of roots) {
    signal.throwIfAborted();
    const entry = await exporting.add(digest);
    if (entry !== undefined)
      added.push(tag === undefined ? entry : { ...entry, annotations: { [NAME_ANNOTATION]: tag } });
    if (entry !== undefined && tag !== undefined) tally.imported.tags += 1;
  }
  await layout.writeEntries(merged(await layout.entries(), [...added, ...exporting.referrers]));
  tally.imported.repositories += 1;
}

interface Root {
  readonly digest: Digest;
  readonly tag?: Tag;
}

async function rootsOf({ parts, repository, wanted }: OciLayoutExport, repositoryId: number): Promise<readonly Root[]> {
  if (wanted === 'all') return await everyTag(parts, repositoryId);
  const tags = wanted.flatMap((one) => ('tag' in one ? [one.tag] : []));
  const tagged = await findTagged(parts.db, repositoryId, tags);
  return wanted.map((one) => {
    if (!('tag' in one)) return one;
    const digest = tagged.get(one.tag);
    if (digest === undefined) throw new MovingError(`${repository} has no tag ${one.tag}.`);
    return { digest, tag: one.tag };
  });
}

async function everyTag({ db }: OciLayoutExport['parts'], repositoryId: number): Promise<readonly Root[]> {
  const roots: Root[] = [];
  for (let after = '', names: readonly Tag[] = []; ; after = names.at(-1) ?? '') {
    names = await listTagNames(db, repositoryId, after, PAGE);
    if (names.length === 0) return roots;
    const tagged = await findTagged(db, repositoryId, names);
    for (const tag of names) {
      const digest = tagged.get(tag);
      if (digest !== undefined) roots.push({ digest, tag });
    }
  }
}

/** What was named the same before gives way; what had no name is listed once. */
function merged(before: readonly Descriptor[], added: readonly Descriptor[]): readonly Descriptor[] {
  const names = new Set(added.flatMap((entry) => tagTextOf(entry) ?? []));
  const nameless = new Set(added.filter((entry) => tagTextOf(entry) === undefined).map(({ digest }) => digest));
  const kept = before.filter((entry) => {
    const name = tagTextOf(entry);
    return name === undefined ? !nameless.has(entry.digest) : !names.has(name);
  });
  return [...kept, ...added];
}

/** One export: each manifest and each blob is written once. */
class LayoutExport {
  readonly #work: OciLayoutExport;
  readonly #layout: LayoutFolder;
  readonly #repositoryId: number;
  /** Manifests and blobs that are in the layout, or cannot be. */
  readonly #done = new Map<Digest, Descriptor | undefined>();
  /** To be listed beside what they belong to. */
  readonly referrers: Descriptor[] = [];

  constructor(work: OciLayoutExport, layout: LayoutFolder, repositoryId: number) {
    this.#work = work;
    this.#layout = layout;
    this.#repositoryId = repositoryId;
  }

  /** @returns how an index names it; `undefined` when it is not whole here, which was told. */
  async add(digest: Digest): Promise<Descriptor | undefined> {
    if (this.#done.has(digest)) return this.#done.get(digest);
    const { parts, repository, signal } = this.#work;
    signal.throwIfAborted();
    const content = await findManifest(parts.db, repository, digest);
    if (content === undefined) return await this.#lack('manifest', digest, 'The repository does not have it.');
    const manifest = parseManifest(content.bytes, content.mediaType);
    const entry: Descriptor = {
      mediaType: content.mediaType,
      digest,
      size: content.bytes.byteLength,
      ...(manifest.artifactType !== undefined &&
        manifest.subject !== undefined && { artifactType: manifest.artifactType }),
    };
    this.#done.set(digest, entry);
    for (const child of childrenOf(manifest)) await this.#addChild(child);
    await this.#addBlobs({ digest, manifest, bytes: content.bytes });
    const bytes = new Blob([content.bytes as Uint8Array<ArrayBuffer>]);
    await this.#write(digest, bytes.size, async () => bytes.stream());
    this.#work.tally.imported.manifests += 1;
    if (this.#work.referrers) await this.#addReferrers(digest);
    return entry;
  }

  /** An index may be sparse here, and then is so there. */
  async #addChild(digest: Digest): Promise<void> {
    const { parts, repository } = this.#work;
    if ((await findManifest(parts.db, repository, digest)) !== undefined) await this.add(digest);
  }

  async #addReferrers(subject: Digest): Promise<void> {
    const page = { repositoryId: this.#repositoryId, subject, limit: PAGE };
    for (let after = ''; ;) {
      const rows = await listReferring(this.#work.parts.db, { ...page, after }, undefined);
      for (const { digest } of rows) {
        if (this.#done.has(digest)) continue;
        const entry = await this.add(digest);
        if (entry !== undefined) this.referrers.push(entry);
      }
      if (rows.length < PAGE) return;
      after = rows.at(-1)?.digest ?? '';
    }
  }

  async #addBlobs(manifest: ReadManifest): Promise<void> {
    const { parts, repository } = this.#work;
    for (const { digest, isOptional } of blobsOf(manifest)) {
      if (this.#done.has(digest)) continue;
      this.#done.set(digest, undefined);
      const row = await findLinkedBlob(parts.db, repository, digest);
      if (row === undefined && isOptional) continue;
      if (row === undefined) await this.#lack('blob', digest, 'The repository does not have it.');
      else await this.#addBlob(digest, row.size, row.storageKey as StorageKey); // the store's own
    }
  }

  async #addBlob(digest: Digest, size: number, key: StorageKey): Promise<void> {
    const { parts, tally } = this.#work;
    try {
      if (!(await this.#write(digest, size, async () => streamOf(await parts.store.read(key, size))))) return;
      tally.imported.blobs += 1;
      tally.imported.bytes += size;
    } catch (error) {
      if (!(error instanceof ContentMissingError)) throw error;
      await this.#lack('blob', digest, 'Storage has lost it.');
    }
  }

  /** @returns whether it had to be written. */
  async #write(digest: Digest, size: number, read: () => Promise<ReadableStream<Uint8Array>>): Promise<boolean> {
    if (await this.#layout.has(digest, size)) return false;
    const actual = await this.#layout.add(digest, await read(), this.#work.signal);
    if (actual === digest) return true;
    await this.#lack('blob', digest, `Its bytes here are ${actual}.`);
    return false;
  }

  async #lack(kind: 'manifest' | 'blob', digest: Digest, reason: string): Promise<undefined> {
    const { tally, repository } = this.#work;
    this.#done.set(digest, undefined);
    await tally.found({ kind, repository, item: digest, reason });
  }
}

function streamOf(body: BlobBody): ReadableStream<Uint8Array> {
  return body instanceof Blob ? body.stream() : body;
}
