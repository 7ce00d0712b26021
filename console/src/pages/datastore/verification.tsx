import { Button } from '@ovhcloud/ods-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  VerificationFinding,
  VerificationLine,
  VerificationReport,
  verifyRegistry,
} from '../../../../src/api/verification/contract.ts';
import { callLines } from '../../api/call.ts';
import { Failed } from '../../ui/states.tsx';
import { Tick } from '../../ui/tick.tsx';
import { Told } from '../../ui/told.tsx';
import { WorkProgress } from '../../ui/work-progress.tsx';
import { useWork } from '../../ui/work.ts';
import { useFormat } from '../../words/format.ts';
import css from './datastore.module.css';

/** Whether what is kept is whole, and what to do where it is not. */
export function Verification() {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const [full, setFull] = useState(false);
  const [repair, setRepair] = useState(false);
  const { work, run, stop } = useWork<VerificationLine>();
  const { state, progress, lines, error } = work;
  const verify = (): void => {
    const input = { full, repair };
    void run((signal) => callLines<typeof verifyRegistry>('POST', '/api/v1/verification', input, signal));
  };
  const report = lines.find((line) => line.event === 'done')?.report;
  const text =
    progress === undefined
      ? t('verification.starting')
      : t('verification.running', {
          check: t(`check.${progress.check}`),
          count: progress.count,
          bytes: format.bytes(progress.bytes),
        });
  return (
    <div className={css['part']}>
      <p>{t('verification.lead')}</p>
      <Tick isOn={full} onChange={setFull}>
        {t('verification.full')}
      </Tick>
      <Tick isOn={repair} onChange={setRepair}>
        {t('verification.repair')}
      </Tick>
      {state === 'running' ? (
        <WorkProgress text={text} onStop={stop} />
      ) : (
        <Button variant="outline" onClick={verify}>
          {t('verification.run')}
        </Button>
      )}
      {state === 'stopped' && <Told mood="notice">{t('verification.stopped')}</Told>}
      {state === 'failed' && <Failed error={error} />}
      {report !== undefined && <Result report={report} />}
      <Findings lines={lines} />
    </div>
  );
}

function Result({ report }: { readonly report: VerificationReport }) {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const { findings, repaired, remaining, checked, bytes } = report;
  const looked = t('verification.looked', {
    blobs: format.number(checked.blobs),
    manifests: format.number(checked.manifests),
    bytes: format.bytes(bytes),
  });
  if (findings === 0) {
    return (
      <Told mood="good">
        {t('verification.whole')} {looked}
      </Told>
    );
  }
  return (
    <Told mood={remaining === 0 ? 'notice' : 'bad'}>
      {t('verification.found', { count: findings })} {t('verification.repaired', { count: repaired })} {looked}
    </Told>
  );
}

type OtherLine = Exclude<VerificationLine, { readonly event: 'progress' }>;

function Findings({ lines }: { readonly lines: readonly OtherLine[] }) {
  const { t } = useTranslation('datastore');
  const found = lines.flatMap((line) => (line.event === 'finding' || line.event === 'repaired' ? [line] : []));
  if (found.length === 0) return null;
  return (
    <ul className={css['findings']} tabIndex={0} aria-label={t('verification.findings')}>
      {found.map(({ event, finding }) => (
        <li key={keyOf(finding)}>
          <strong>{t(`finding.${finding.kind}`)}</strong> <code>{finding.subject}</code>{' '}
          <span lang="en">{finding.problem}</span>{' '}
          {event === 'repaired' ? t('verification.isRepaired') : <Advice finding={finding} />}
        </li>
      ))}
    </ul>
  );
}

function Advice({ finding }: { readonly finding: VerificationFinding }) {
  const { t } = useTranslation('datastore');
  if (finding.repair === null) return t('verification.forPeople');
  return (
    <>
      {t('verification.wouldRepair')} <span lang="en">{finding.repair}</span>
    </>
  );
}

function keyOf({ kind, subject, problem }: VerificationFinding): string {
  return `${kind} ${subject} ${problem}`;
}
