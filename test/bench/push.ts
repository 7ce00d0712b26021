import { RegistryClient } from '../support/registry-client.ts';
import type { Content, Target } from './servers/server.ts';
import { SMALL_IMAGE } from './small-image.ts';

/** Fills a running server through its API, eight requests at a time. */
export async function pushContent(target: Target, content: Content): Promise<void> {
  const client = new RegistryClient(target);
  for (const { name, tags } of content.repositories) {
    for (const blob of SMALL_IMAGE.blobs) await client.pushBlob(name, blob);
    await eachOf(tags, 8, (tag) => client.pushManifest(name, SMALL_IMAGE.manifest, tag));
  }
}

/** Does `work` with every item, at most `count` at a time. */
export async function eachOf<T>(items: Iterable<T>, count: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = Iterator.from(items);
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
