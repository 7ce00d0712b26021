import type { CopiedImage } from '../copying/copier.ts';
import type { CopyProgress } from '../copying/progress.ts';
import type { FailedTag } from '../copying/repository-copy.ts';
import { counted, printable, sizeBothWays } from './wording.ts';

/** What a copy did, as `--json` prints it. */
export interface CopyReport {
  readonly source: string;
  readonly destination: string;
  readonly dryRun: boolean;
  readonly images: readonly CopiedImage[];
  readonly failed: readonly FailedTag[];
  readonly manifests: CopyProgress['manifests'];
  readonly blobs: CopyProgress['blobs'];
  readonly referrers: number;
  /** That went to the destination, or, of a dry run, would go. */
  readonly bytes: number;
}

/** More tags than this are counted, and not listed. */
const MAX_LISTED = 10;

/** The same for people. */
export function copyInWords(report: CopyReport): string {
  const { source, destination, dryRun, manifests, blobs, bytes, referrers, failed } = report;
  const verb = dryRun ? 'Would copy' : 'Copied';
  const spared = [
    ...(blobs.present === 0 ? [] : [`${counted(blobs.present, 'blob')} there already`]),
    ...(blobs.mounted === 0 ? [] : [`${blobs.mounted} mounted from next door`]),
  ].join(', ');
  return [
    `${verb} ${source} to ${destination}.`,
    ...imagesInWords(report),
    `${dryRun ? 'Would send' : 'Sent'} ${sizeBothWays(bytes)}: ${counted(blobs.copied, 'blob')}, ${counted(manifests.copied, 'manifest')}${spared === '' ? '' : `; ${spared}`}.`,
    ...(referrers === 0
      ? []
      : [`${counted(referrers, 'signature or other referrer', 'signatures and other referrers')} went along.`]),
    ...(manifests.missing === 0
      ? []
      : [`${counted(manifests.missing, 'manifest')} named by an index is not at the source.`]),
    ...failed.map(({ tag, message }) => `Failed: ${tag}: ${printable(message)}`),
  ].join('\n');
}

function imagesInWords({ images, failed }: CopyReport): readonly string[] {
  const [only, ...others] = images;
  if (only === undefined) return failed.length > 0 ? [] : ['There is nothing to copy.'];
  if (others.length === 0) return [`${only.tag ?? 'untagged'}: ${only.digest}${said(only)}`];
  const unchanged = images.filter(({ outcome }) => outcome === 'unchanged').length;
  const lines = images.slice(0, MAX_LISTED).map((image) => `${image.tag ?? ''}: ${image.digest}${said(image)}`);
  const rest = images.length - lines.length;
  return [
    `${counted(images.length, 'tag')}, of which ${unchanged} were the same there already.`,
    ...lines,
    ...(rest === 0 ? [] : [`… and ${rest} more.`]),
  ];
}

function said({ outcome }: CopiedImage): string {
  return outcome === 'unchanged' ? ' (was there)' : '';
}
