import type { Restoration } from '../api/trash/contract.ts';
import { counted, printable } from './wording.ts';

/** What people get to read of a long list. */
const MOST_LISTED = 20;

/** What came back, and what did not. */
export function restorationInWords({ repositories, manifests, tags, kept, missing }: Restoration): string {
  const lines = [
    ...repositories.map((name) => `Restored: repository ${printable(name)}, with all that it held.`),
    ...(manifests.length + tags.length > 0 || repositories.length === 0
      ? [`Restored: ${counted(tags.length, 'tag')}, ${counted(manifests.length, 'manifest')}.`]
      : []),
    ...listed(tags.map(({ repository, tag, digest }) => `  ${repository}:${tag}  ${digest}`)),
    ...listed(
      kept.map(
        ({ repository, tag, digest, trashed }) =>
          `Kept as it is: ${repository}:${tag} names ${digest} by now, and not ${trashed}.`,
      ),
    ),
    ...listed(
      missing.map(({ repository, digest, neededBy }) => `Missing: ${repository}@${digest}, which ${neededBy} names.`),
    ),
  ];
  return lines.join('\n');
}

function listed(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MOST_LISTED).map(printable);
  const rest = lines.length - shown.length;
  return rest === 0 ? shown : [...shown, `  … and ${counted(rest, 'more', 'more')}`];
}
