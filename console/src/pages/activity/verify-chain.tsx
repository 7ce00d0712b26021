import { Button } from '@ovhcloud/ods-react';
import { ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ChainReport, verifyAudit } from '../../../../src/api/audit/contract.ts';
import { callLines, type OutputOf } from '../../api/call.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Failed } from '../../ui/states.tsx';
import { Told } from '../../ui/told.tsx';
import { WorkProgress } from '../../ui/work-progress.tsx';
import { useWork } from '../../ui/work.ts';
import { useFormat } from '../../words/format.ts';
import css from './activity.module.css';

type VerifyLine = OutputOf<typeof verifyAudit>;

/** As much of a hash as people compare. */
const SHOWN_HASH = 16;

/** Whether what is written down is what was written down. */
export function VerifyChain() {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const { work, run, stop } = useWork<VerifyLine>();
  const report = work.lines.find((line) => line.event === 'done')?.report;
  const begin = () => run((signal) => callLines<typeof verifyAudit>('POST', '/api/v1/audit/verify', {}, signal));
  return (
    <div className={css['chain']}>
      <p>{t('lead')}</p>
      {work.state === 'running' ? (
        <WorkProgress text={t('chain.running', { rows: format.number(work.progress?.rows ?? 0) })} onStop={stop} />
      ) : (
        <Button variant="outline" onClick={() => void begin()}>
          <ShieldCheck size={16} aria-hidden /> {t('chain.verify')}
        </Button>
      )}
      {work.state === 'failed' && <Failed error={work.error} />}
      {report !== undefined && <Result report={report} />}
    </div>
  );
}

function Result({ report }: { readonly report: ChainReport }) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const { isIntact, rows, head, findings, totalFindings } = report;
  return (
    <Told mood={isIntact ? 'good' : 'bad'}>
      <p>{isIntact ? t('chain.intact', { count: rows }) : t('chain.broken', { count: totalFindings })}</p>
      {head !== null && (
        <p>
          {t('chain.head', { sequence: format.number(head.sequence) })} <code>{head.hash.slice(0, SHOWN_HASH)}…</code>
          <CopyButton text={`${head.sequence}:${head.hash}`} label={t('chain.headLabel')} />
        </p>
      )}
      {findings.length > 0 && (
        <ul className={css['findings']}>
          {findings.map(({ sequence, kind, problem }) => (
            <li key={`${sequence} ${kind}`}>
              <strong>{t('chain.at', { sequence: format.number(sequence) })}</strong> {t(`chain.kind.${kind}`)}{' '}
              <span lang="en">({problem})</span>
            </li>
          ))}
        </ul>
      )}
    </Told>
  );
}
