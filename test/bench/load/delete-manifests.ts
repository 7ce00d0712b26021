import { imageOf } from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import { median } from '../median.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';

/** A process that pushes manifests and deletes each of them; prints the median seconds of one deletion. */
export interface DeleteManifests {
  readonly target: Target;
  readonly repository: string;
  readonly rounds: number;
}

if (import.meta.main) {
  const { target, repository, rounds } = ownTask<DeleteManifests>();
  const client = new RegistryClient(target);
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const image = imageOf([], { annotations: { round: `${round} ${Math.random()}` } });
    await client.pushImage(repository, image);
    const began = performance.now();
    await client.deleteManifest(repository, image.manifest.digest);
    if (round > 0 || rounds === 1) times.push((performance.now() - began) / 1000);
  }
  console.log(JSON.stringify({ seconds: median(times) }));
}
