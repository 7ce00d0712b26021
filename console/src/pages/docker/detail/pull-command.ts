import type { Registry } from '../registries.ts';

/** How docker pulls an image of a connected registry. @param reference a tag or a digest */
export function pullCommand({ url }: Pick<Registry, 'url'>, repository: string, reference: string): string {
  const [host = url] = url.split('/', 1);
  return `docker pull ${host}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}
