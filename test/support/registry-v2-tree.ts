import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Content, Image } from './image.ts';

/** Writes what `registry:2` writes, below a folder: for tests where that is not installed, or would not write such a thing. */
export class RegistryV2Tree {
  /** What people mount at `/var/lib/registry`. */
  readonly folder: string;
  readonly #root: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#root = join(folder, 'docker/registry/v2');
    mkdirSync(join(this.#root, 'repositories'), { recursive: true });
  }

  /** The file of the bytes of a blob or a manifest. */
  blobPath(digest: string): string {
    const [algorithm = '', encoded = ''] = digest.split(':');
    return join(this.#root, 'blobs', algorithm, encoded.slice(0, 2), encoded, 'data');
  }

  revisionPath(repository: string, digest: string): string {
    return join(this.#root, 'repositories', repository, '_manifests/revisions', digest.replace(':', '/'), 'link');
  }

  tagPath(repository: string, tag: string): string {
    return join(this.#root, 'repositories', repository, '_manifests/tags', tag, 'current/link');
  }

  layerPath(repository: string, digest: string): string {
    return join(this.#root, 'repositories', repository, '_layers', digest.replace(':', '/'), 'link');
  }

  addBlob(repository: string, blob: Content): void {
    write(this.blobPath(blob.digest), blob.bytes);
    write(this.layerPath(repository, blob.digest), blob.digest);
  }

  addManifest(repository: string, manifest: Content, ...tags: readonly string[]): void {
    write(this.blobPath(manifest.digest), manifest.bytes);
    write(this.revisionPath(repository, manifest.digest), manifest.digest);
    for (const tag of tags) write(this.tagPath(repository, tag), manifest.digest);
  }

  addImage(repository: string, image: Image, ...tags: readonly string[]): void {
    for (const blob of image.blobs) this.addBlob(repository, blob);
    this.addManifest(repository, image.manifest, ...tags);
  }

  remove(path: string): void {
    rmSync(path);
  }

  write(path: string, content: string | Uint8Array): void {
    write(path, content);
  }
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
