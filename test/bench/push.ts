import { manifestOf, type Stored } from './image.ts';
import type { Content, RunningServer } from './servers/server.ts';

/** Where to push to: of a {@link RunningServer}, all that a client knows. */
export type Target = Pick<RunningServer, 'url' | 'authorization'>;

/** Pushes an image: blobs by POST and PUT, then the manifest, which is returned. */
export async function pushImage(target: Target, repository: string, tag: string, blobs: Blobs): Promise<Stored> {
  const manifest = manifestOf(blobs.config, blobs.layers);
  for (const blob of [blobs.config, ...blobs.layers]) await pushBlob(target, repository, blob);
  await pushManifest(target, repository, tag, manifest);
  return manifest;
}

export interface Blobs {
  readonly config: Stored;
  readonly layers: readonly Stored[];
}

export async function pushBlob(target: Target, repository: string, blob: Stored): Promise<void> {
  const upload = await openUpload(target, repository);
  await send(target, withDigest(upload, blob.digest), { method: 'PUT', body: Buffer.from(blob.body) }, 201);
}

/** Opens an upload session and returns its absolute URL. */
export async function openUpload(target: Target, repository: string): Promise<string> {
  const opened = await send(target, `${target.url}/v2/${repository}/blobs/uploads/`, { method: 'POST' }, 202);
  const location = opened.headers.get('location');
  if (location === null) throw new Error('no Location for the upload');
  return new URL(location, target.url).href;
}

export async function pushManifest(target: Target, repository: string, tag: string, manifest: Stored): Promise<void> {
  const headers = { 'Content-Type': manifest.mediaType };
  const body = Buffer.from(manifest.body);
  await send(target, `${target.url}/v2/${repository}/manifests/${tag}`, { method: 'PUT', headers, body }, 201);
}

/** Fills a running server through its API, eight requests at a time: for the lists of Havre. */
export async function pushContent(target: Target, content: Content, image: Blobs): Promise<void> {
  const manifest = manifestOf(image.config, image.layers);
  for (const { name, tags } of content.repositories) {
    for (const blob of [image.config, ...image.layers]) await pushBlob(target, name, blob);
    const waiting = tags.values();
    const client = async (): Promise<void> => {
      for (const tag of waiting) await pushManifest(target, name, tag, manifest);
    };
    await Promise.all(Array.from({ length: Math.min(8, tags.length) }, client));
  }
}

export function withDigest(upload: string, digest: string): string {
  const url = new URL(upload);
  url.searchParams.set('digest', digest);
  return url.href;
}

/** One request, its body read to the end. @throws {Error} another status than expected, with what the server said. */
export async function send(target: Target, url: string, init: RequestInit, status: number): Promise<Response> {
  const headers = new Headers(init.headers);
  if (target.authorization !== undefined) headers.set('Authorization', target.authorization);
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${init.method} ${url}: ${response.status} ${text.slice(0, 300)}`);
  return response;
}
