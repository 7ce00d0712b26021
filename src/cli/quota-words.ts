import type { Quota } from '../api/quotas/contract.ts';
import { sizeInWords } from './wording.ts';

/** `3.4 GiB of 10 GiB, 12 of 100 tags`: of the kinds that have a limit. */
export function limitsInWords({ limits, used }: Quota): string {
  const parts = [
    ...(limits.bytes === null ? [] : [`${sizeInWords(used.bytes)} of ${sizeInWords(limits.bytes)}`]),
    ...(['manifests', 'tags'] as const).flatMap((kind) =>
      limits[kind] === null ? [] : [`${used[kind]} of ${limits[kind]} ${kind}`],
    ),
  ];
  return parts.length === 0 ? `${sizeInWords(used.bytes)}, no limit` : parts.join(', ');
}
