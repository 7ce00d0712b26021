import { descriptorOf, documentOf, IMAGE_CONFIG, imageOf, randomBlob } from '../../support/image.ts';
import { RegistryV2Tree } from '../../support/registry-v2-tree.ts';
import { ownTask } from './generator.ts';

/** A process that writes the storage of a `registry:2` with images of a config of their own and five of a hundred layers. */
export interface MakeRegistryV2Tree {
  readonly folder: string;
  /** Images, each with one tag. */
  readonly images: number;
  readonly repositories: number;
}

const LAYERS = 100;
const LAYER_BYTES = 100_000;

if (import.meta.main) {
  const { folder, images, repositories } = ownTask<MakeRegistryV2Tree>();
  const tree = new RegistryV2Tree(folder);
  const layers = Array.from({ length: LAYERS }, () => randomBlob(LAYER_BYTES));
  for (let place = 0; place < repositories; place++) {
    for (const layer of layers) tree.write(tree.layerPath(repositoryOf(place), layer.digest), layer.digest);
  }
  for (const layer of layers) tree.addBlob(repositoryOf(0), layer);
  for (let image = 0; image < images; image++) {
    const config = documentOf(IMAGE_CONFIG, { architecture: 'amd64', os: 'linux', config: { Labels: { image } } });
    const own = Array.from({ length: 5 }, (_, place) => layers[(image * 7 + place) % LAYERS]);
    const { manifest } = imageOf(
      own.filter((layer) => layer !== undefined),
      { config: descriptorOf(config) },
    );
    const repository = repositoryOf(image % repositories);
    tree.addBlob(repository, config);
    tree.addManifest(repository, manifest, `build-${image}`);
  }
  console.log('{}');
}

function repositoryOf(place: number): string {
  return `team/service-${place}`;
}
