import type { Config } from '../config.ts';
import type { BlobRedirects } from '../distribution/parts.ts';
import { Networks } from '../http/networks.ts';

/** Whom `redirect` sends to S3; `undefined`: nobody. */
export function redirectsOf({ mode, networks, seconds }: Config['redirect']): BlobRedirects | undefined {
  if (mode === 'off') return undefined;
  if (mode === 'on') return { seconds, cover: () => true };
  const near = new Networks(networks);
  return { seconds, cover: (source) => near.include(source) };
}
