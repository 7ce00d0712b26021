import type { VerificationFinding, VerificationReport } from '../api/verification/contract.ts';
import { counted, printable, sizeInWords } from './wording.ts';

/** One thing that is wrong, or that was. */
export function findingInWords({
  event,
  finding,
}: {
  readonly event: 'finding' | 'repaired';
  readonly finding: VerificationFinding;
}): string {
  const { kind, subject, problem, repair } = finding;
  if (event === 'repaired') return `Repaired: ${kind} ${printable(subject)}`;
  const remedy = repair === null ? [] : [`  Repair: ${repair}`];
  return [`${kind} ${printable(subject)}`, `  ${printable(problem)}`, ...remedy].join('\n');
}

/** What came of it all. */
export function verificationInWords({
  full,
  checked,
  bytes,
  findings,
  repaired,
  remaining,
}: VerificationReport): string {
  const looked = [
    counted(checked.blobs, 'blob'),
    counted(checked.leftovers, 'stored file'),
    counted(checked.manifests, 'manifest'),
    counted(checked.references, 'reference'),
  ].join(', ');
  const how = full ? `, and read ${sizeInWords(bytes)}` : '. Bytes were not read: --full does';
  const lines = [`Looked at ${looked}${how}.`];
  if (findings === 0) return [...lines, 'Nothing is wrong.'].join('\n');
  lines.push(`${counted(findings, 'thing is', 'things are')} wrong.`);
  if (repaired > 0)
    lines.push(`Repaired ${counted(repaired, 'of them', 'of them')}; another verify says what is left.`);
  else if (remaining > 0) lines.push('What has a repair is repaired with --repair.');
  return lines.join('\n');
}
