import type { MovingFinding, MovingProgress, MovingReport } from '../api/moving/contract.ts';
import { counted, durationInWords, printable, sizeBothWays, sizeInWords } from './wording.ts';

const BAR_CHARACTERS = 20;

/** Findings that a person reads; programs get all of them. */
const MOST_SHOWN = 50;

/** How far it is, in one line of a terminal. The rates are those of the whole run: what is left is like what was. */
export function movingBar(progress: MovingProgress): string {
  const { elapsedSeconds, moved, doneManifests, expectedManifests } = progress;
  const seconds = Math.max(elapsedSeconds, 0.001);
  const rates = `${Math.round(doneManifests / seconds).toLocaleString('en')} manifests/s, ${sizeInWords(Math.round(moved.bytes / seconds))}/s`;
  const counts = `${counted(moved.blobs, 'blob')}, ${counted(moved.tags, 'tag')}, ${sizeInWords(moved.bytes)}`;
  if (expectedManifests === undefined || expectedManifests === 0) {
    return `${counted(doneManifests, 'manifest')}, ${counts}  ${rates}`;
  }
  const part = Math.min(1, doneManifests / expectedManifests);
  const filled = Math.floor(part * BAR_CHARACTERS);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_CHARACTERS - filled)}]`;
  const done = `${doneManifests.toLocaleString('en')} of ${counted(expectedManifests, 'manifest')}`;
  return `${bar} ${done}, ${counts}  ${rates}${leftInWords(part, seconds)}`;
}

function leftInWords(part: number, seconds: number): string {
  if (part === 0 || part === 1 || seconds < 2) return '';
  const left = Math.ceil((seconds / part) * (1 - part));
  const rounded = left > 5400 ? Math.ceil(left / 3600) * 3600 : left > 90 ? Math.ceil(left / 60) * 60 : left;
  return `, ${durationInWords(rounded)} left`;
}

/** What an import did, for people. */
export function importInWords(report: MovingReport, findings: readonly MovingFinding[]): string {
  const { imported, skipped, kept, broken } = report;
  const what = [
    counted(imported.manifests, 'manifest'),
    counted(imported.tags, 'tag'),
    `${counted(imported.blobs, 'blob')} of ${sizeBothWays(imported.bytes)}`,
  ].join(', ');
  const from = `from ${counted(imported.repositories, 'repository', 'repositories')}`;
  return [
    report.dryRun ? `Would import ${what}, ${from}. Nothing was changed.` : `Imported ${what}, ${from}.`,
    ...waysInWords(report),
    ...(skipped.manifests + skipped.tags === 0
      ? []
      : [`Here already: ${counted(skipped.manifests, 'manifest')}, ${counted(skipped.tags, 'tag')}.`]),
    ...(kept === 0 ? [] : [`Kept ${counted(kept, 'tag')} that ${kept === 1 ? 'names' : 'name'} something else here.`]),
    ...(broken === 0
      ? []
      : [`Broken in the source: ${counted(broken, 'item')}. All else ${report.dryRun ? 'would come' : 'is here'}.`]),
    ...findingsInWords(findings),
  ].join('\n');
}

export function exportInWords({ imported, broken }: MovingReport, findings: readonly MovingFinding[]): string {
  const blobs = `${counted(imported.blobs, 'new blob')} of ${sizeBothWays(imported.bytes)}`;
  return [
    `Exported ${counted(imported.manifests, 'manifest')}, ${counted(imported.tags, 'tag')}, ${blobs}.`,
    ...(broken === 0 ? [] : [`Could not be exported: ${counted(broken, 'item')}.`]),
    ...findingsInWords(findings),
  ].join('\n');
}

function waysInWords({ ways, dryRun, imported }: MovingReport): string[] {
  if (dryRun || imported.blobs === 0) return [];
  const words = [
    ...(ways.linked === 0
      ? []
      : [`${ways.linked.toLocaleString('en')} linked: nobody may write to those files any more`]),
    ...(ways.cloned === 0 ? [] : [`${ways.cloned.toLocaleString('en')} cloned`]),
    ...(ways['in-place'] === 0 ? [] : [`${ways['in-place'].toLocaleString('en')} adopted in place`]),
    ...(ways.copied === 0 ? [] : [`${ways.copied.toLocaleString('en')} copied`]),
  ];
  return [`Of the blobs, ${words.join('; ')}.`];
}

function findingsInWords(findings: readonly MovingFinding[]): string[] {
  const shown = findings.slice(0, MOST_SHOWN).map(({ repository, item, reason }) => {
    return `  ${printable(repository === undefined ? item : `${repository} ${item}`)}: ${printable(reason)}`;
  });
  const rest = findings.length - shown.length;
  return rest === 0 ? shown : [...shown, `  … and ${rest.toLocaleString('en')} more: --json has them all.`];
}
