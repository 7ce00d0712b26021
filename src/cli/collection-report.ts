import type { CollectionLine, CollectionReport } from '../api/garbage-collection/contract.ts';
import { counted, durationInWords, sizeBothWays } from './wording.ts';

/** What it is at, by its phase. */
const AT: Readonly<Record<string, string>> = {
  leftovers: 'files that a crash left',
  expired: 'expired images',
  untagged: 'untagged manifests',
  orphans: 'what belongs to deleted images',
  trash: 'the trash',
  links: 'blobs of repositories',
  blobs: 'blobs',
  contents: 'bytes of manifests',
  details: 'details of images',
  pulls: 'what is known of pulls',
  repositories: 'empty repositories',
  uploads: 'abandoned uploads',
  sweep: 'freeing space',
};

export function progressInWords({
  elapsedSeconds,
  phase,
  share,
}: Extract<CollectionLine, { readonly event: 'progress' }>): string {
  const at = phase === undefined ? '' : `: ${AT[phase] ?? phase}`;
  const done = share === undefined || share === 0 || share === 1 ? '' : `, ${Math.round(share * 100)} %`;
  return `Collecting garbage for ${Math.round(elapsedSeconds)} s${at}${done} …`;
}

/** What garbage collection did, for people. */
export function collectionInWords(report: CollectionReport): string {
  const { dryRun, expired, manifests, purged, blobs, bytes, uploads, leftovers } = report;
  const gone = [
    ...(expired === 0 ? [] : [counted(expired, 'expired image')]),
    counted(manifests, 'manifest'),
    ...(purged === 0 ? [] : [counted(purged, 'deletion in the trash', 'deletions in the trash')]),
    counted(blobs, 'blob'),
    ...(uploads === 0 ? [] : [counted(uploads, 'abandoned upload')]),
    ...(leftovers === 0 ? [] : [counted(leftovers, 'file left by a crash', 'files left by a crash')]),
  ].join(', ');
  const freed = sizeBothWays(bytes);
  const lines = dryRun
    ? [`Would remove ${gone}.`, `Would free ${freed}. Nothing was changed.`]
    : [`Removed ${gone}.`, freedInWords(report, freed)];
  return [...lines, ...keptInWords(report), ...trashInWords(report)].join('\n');
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

function trashInWords({ dryRun, trash }: CollectionReport): string[] {
  if (trash.entries === 0) return [];
  const bytes = trash.bytes === 0 ? '' : `, for which the trash keeps ${sizeBothWays(trash.bytes)}`;
  const held = `${counted(trash.entries, 'deletion')} can be undone${bytes}.`;
  // What was pushed a moment ago is kept by the grace time, whether or not it was deleted since.
  const now =
    'To free their space now, for good: havre garbage-collect --grace-seconds 0 --purge. To see them: havre trash list.';
  return dryRun ? [held] : [held, now];
}
