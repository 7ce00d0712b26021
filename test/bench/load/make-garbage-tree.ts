import { descriptorOf, documentOf, IMAGE_CONFIG, imageOf, randomBlob } from '../../support/image.ts';
import { RegistryV2Tree } from '../../support/registry-v2-tree.ts';
import { ownTask } from './generator.ts';

/** A process that writes the storage of a `registry:2`: images of a config and a layer of their own, and blobs that none names. */
export interface MakeGarbageTree {
  readonly folder: string;
  /** Images, each with one tag and two blobs. */
  readonly images: number;
  readonly repositories: number;
  /** Blobs that no image names. */
  readonly garbage: number;
}

export const GARBAGE_BYTES = 1000;

if (import.meta.main) {
  const { folder, images, repositories, garbage } = ownTask<MakeGarbageTree>();
  const tree = new RegistryV2Tree(folder);
  for (let image = 0; image < images; image++) {
    const config = documentOf(IMAGE_CONFIG, { architecture: 'amd64', os: 'linux', config: { Labels: { image } } });
    const { manifest, blobs } = imageOf([randomBlob(GARBAGE_BYTES)], { config: descriptorOf(config) });
    const repository = `team/service-${image % repositories}`;
    for (const blob of [config, ...blobs.slice(1)]) tree.addBlob(repository, blob);
    tree.addManifest(repository, manifest, `build-${image}`);
  }
  for (let blob = 0; blob < garbage; blob++) {
    tree.addBlob(`team/service-${blob % repositories}`, randomBlob(GARBAGE_BYTES));
  }
  console.log('{}');
}
