import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What to tell whoever points us at the folder of distribution's registry, whose `.env` and variables we understand: a
 * catalog that is suddenly empty looks like lost images.
 *
 * @returns `undefined` where there are none.
 */
export function imagesOfDistribution(folder: string): string | undefined {
  const images = join(folder, 'docker', 'registry', 'v2');
  if (!existsSync(images)) return undefined;
  return `${images} holds images of another registry. They are neither served nor touched; to take them over: havre import registry-v2 ${folder}`;
}
