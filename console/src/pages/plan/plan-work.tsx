import { useTranslation } from 'react-i18next';
import type { runPolicy } from '../../../../src/api/policies/contract.ts';
import type { applyPlan } from '../../../../src/api/plans/contract.ts';
import type { OutputOf } from '../../api/call.ts';
import { Failed } from '../../ui/states.tsx';
import { WorkProgress } from '../../ui/work-progress.tsx';
import type { Work } from '../../ui/work.ts';
import { useFormat } from '../../words/format.ts';

export type ApplyLine = OutputOf<typeof applyPlan>;
export type RunLine = OutputOf<typeof runPolicy>;

interface PlanWorkProps {
  /** Of a plan that is applied, or of a policy that runs. */
  readonly work: Work<ApplyLine | RunLine>;
  readonly onStop: () => void;
}

/** How far it is, and what it had to leave alone. */
export function PlanWork({ work, onStop }: PlanWorkProps) {
  const { t } = useTranslation('plan');
  const format = useFormat();
  const { state, progress, lines, error } = work;
  const { phase = 'evaluating', images = 0, planned = 0, manifests = 0 } = progress ?? {};
  const isDeleting = phase === 'deleting';
  const text = isDeleting
    ? t('work.deleting', { count: manifests, of: format.number(planned) })
    : t('work.evaluating', { count: images });
  const remarks = [...new Set(lines.flatMap(remarkIn))];
  return (
    <>
      {state === 'running' && (
        <WorkProgress text={text} share={isDeleting && planned > 0 ? manifests / planned : undefined} onStop={onStop} />
      )}
      {state === 'stopped' && <p role="status">{t('work.stopped')}</p>}
      {state === 'failed' && <Failed error={error} />}
      {remarks.length > 0 && (
        <div>
          <p>{t('work.remarks')}</p>
          <ul lang="en">
            {remarks.map((remark) => (
              <li key={remark}>{remark}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

/** What stays although it was to go, or is not as it was planned. */
function remarkIn(line: ApplyLine | RunLine): readonly string[] {
  if (line.event === 'kept') return [`${line.repository}@${line.digest}: ${line.reason}`];
  return line.event === 'changed' ? [line.change.text] : [];
}

/** What came of it, once it is over. */
export function reportOf<Line extends ApplyLine | RunLine>({ lines }: Work<Line>) {
  const done = lines.find((line) => line.event === 'done');
  return done as Extract<Line, { readonly event: 'done' }> | undefined;
}
