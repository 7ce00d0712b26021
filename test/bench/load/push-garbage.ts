import { randomBlob } from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import { eachOf } from '../push.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';
import { GARBAGE_BYTES } from './make-garbage-tree.ts';

/** A process that pushes blobs which no image names. */
export interface PushGarbage {
  readonly target: Target;
  readonly repositories: number;
  readonly garbage: number;
}

if (import.meta.main) {
  const { target, repositories, garbage } = ownTask<PushGarbage>();
  const client = new RegistryClient(target);
  const places = Array.from({ length: garbage }, (_, place) => place);
  await eachOf(places, 16, async (place) => {
    await client.pushBlobAtOnce(`team/service-${place % repositories}`, randomBlob(GARBAGE_BYTES));
  });
  console.log('{}');
}
