import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import type { Target } from './servers/server.ts';

const REPOSITORY = 'team/app';

/** Pushes an image whose manifest has about 1.2 KB: a config and five layers, as a usual application image has. */
export async function pushTypicalImage(target: Target): Promise<void> {
  const layers = Array.from({ length: 5 }, () => randomBlob(1000));
  await new RegistryClient(target).pushImage(REPOSITORY, imageOf(layers), 'latest');
}

/** Where it is then found by its tag. @param url of the server. */
export function manifestUrl(url: string | undefined): string {
  return `${url}/v2/${REPOSITORY}/manifests/latest`;
}
