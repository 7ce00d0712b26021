import type { LifecycleProgressLine, LifecycleReport, OwnLifecyclePolicy } from '../api/lifecycle/contract.ts';
import { table } from './table.ts';
import { counted, printable, timeInWords } from './wording.ts';

type Problem = OwnLifecyclePolicy['problems'][number];
type Compared = LifecycleReport['compared'][number];

/** As the registry has it, and what Havre thinks of it. */
export function lifecycleInWords(policy: OwnLifecyclePolicy | null): string {
  if (policy === null) return 'It has no lifecycle policy.';
  const { document, evaluatedAt, problems, warnings } = policy;
  return [
    ...(evaluatedAt === null ? [] : [`Applied last at ${timeInWords(evaluatedAt)}.`]),
    ...(problems.length === 0 ? [] : ['Havre does not understand it:']),
    ...problemsInWords([...problems, ...warnings]),
    indented(document),
  ].join('\n');
}

export function problemsInWords(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ path, message }) => printable(path === '' ? message : `${path}: ${message}`));
}

export function lifecycleProgressInWords({ phase, images }: LifecycleProgressLine): string {
  const seen = counted(images, 'image');
  return phase === 'images' ? `${seen} looked at` : `${seen}; the registry reckons`;
}

/** Two columns, one for each who was asked. */
export function comparedInWords(report: LifecycleReport): string {
  const { images, counts, compared, isCut, warnings, registryProblem } = report;
  const isAsked = registryProblem === null;
  const rows = compared.map((one) => [
    nameOf(one),
    isAsked ? actInWords(one.registry, 'keep') : '?',
    actInWords(one.ours, 'keep'),
    printable(one.difference === null ? one.reason : `DIFFERS: ${one.difference}`),
  ]);
  const { registry, ours, different } = counts;
  const verdict = different === 0 ? 'They agree.' : `They differ in ${counted(different, 'image')}.`;
  return [
    ...problemsInWords(warnings),
    ...(rows.length === 0 ? [] : [table(['what', 'registry', 'havre', 'why'], rows)]),
    ...(isCut ? [`There are more than these ${compared.length}.`] : []),
    isAsked
      ? `Of ${counted(images, 'image')}, ${registry} would go by the registry and ${ours} by Havre. ${verdict}`
      : `Of ${counted(images, 'image')}, ${ours} would go by Havre. The registry itself did not say: ${printable(registryProblem)}`,
  ].join('\n');
}

/** `1.4, 1.5 (sha256:0123456789ab)`. */
function nameOf({ digest, tags }: Compared): string {
  const short = digest.slice(0, digest.indexOf(':') + 13);
  return printable(tags.length === 0 ? short : `${tags.join(', ')} (${short})`);
}

function actInWords(act: Compared['ours'], otherwise: string): string {
  if (act === null) return otherwise;
  return act.rule === null ? act.action : `${act.action} (rule ${act.rule})`;
}

/** A document of many lines is shown as it is; one that came on a single line is spread out. */
function indented(document: string): string {
  if (document.includes('\n')) return document.trimEnd();
  try {
    return JSON.stringify(JSON.parse(document), undefined, 2);
  } catch {
    return printable(document);
  }
}
