import type { CollectionReport } from '../api/garbage-collection/contract.ts';
import { counted, durationInWords, sizeBothWays } from './wording.ts';

/** What garbage collection did, for people. */
export function collectionInWords(report: CollectionReport): string {
  const { dryRun, manifests, blobs, bytes, uploads, leftovers } = report;
  const gone = [
    counted(manifests, 'manifest'),
    counted(blobs, 'blob'),
    ...(uploads === 0 ? [] : [counted(uploads, 'abandoned upload')]),
    ...(leftovers === 0 ? [] : [counted(leftovers, 'file left by a crash', 'files left by a crash')]),
  ].join(', ');
  const freed = sizeBothWays(bytes);
  const lines = dryRun
    ? [`Would remove ${gone}.`, `Would free ${freed}. Nothing was changed.`]
    : [`Removed ${gone}.`, freedInWords(report, freed)];
  return [...lines, ...keptInWords(report)].join('\n');
}

function freedInWords({ freedAfterSeconds, blobs }: CollectionReport, freed: string): string {
  if (freedAfterSeconds === 0 || blobs === 0) return `Freed ${freed}.`;
  return `Frees ${freed} in ${durationInWords(freedAfterSeconds)}: until then, somebody may still be reading it.`;
}

function keptInWords({ kept, graceSeconds }: CollectionReport): string[] {
  if (kept.manifests === 0 && kept.blobs === 0) return [];
  const young = [
    ...(kept.manifests === 0 ? [] : [counted(kept.manifests, 'manifest')]),
    ...(kept.blobs === 0 ? [] : [`${counted(kept.blobs, 'blob')} of ${sizeBothWays(kept.bytes)}`]),
  ].join(' and ');
  return [
    `Kept ${young} that nothing refers to, because of the grace time of ${durationInWords(graceSeconds)}.`,
    'If nobody is pushing, --grace-seconds 0 takes these too.',
  ];
}
