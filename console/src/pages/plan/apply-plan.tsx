import { Button } from '@ovhcloud/ods-react';
import { useQueryClient } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { applyPlan, PlanReply } from '../../../../src/api/plans/contract.ts';
import { callLines } from '../../api/call.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { useWork } from '../../ui/work.ts';
import { PlanWork, reportOf, type ApplyLine } from './plan-work.tsx';

export function ApplyPlan({ plan }: { readonly plan: PlanReply }) {
  const { t } = useTranslation('plan');
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Button color="critical" onClick={() => setIsAsking(true)}>
        <Play size={16} aria-hidden /> {plan.state === 'open' ? t('apply.button') : t('apply.goOn')}
      </Button>
      {isAsking && <Applying plan={plan} onClose={() => setIsAsking(false)} />}
    </>
  );
}

/** Asks once more where nothing brings it back, and tells how far it is. */
function Applying({ plan, onClose }: { readonly plan: PlanReply; readonly onClose: () => void }) {
  const { t } = useTranslation('plan');
  const common = useTranslation();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const { id, digest, source, summary } = plan;
  const { work, run, stop } = useWork<ApplyLine>();
  const isRunning = work.state === 'running';
  const report = reportOf(work)?.report;
  const start = () =>
    run((signal) => callLines<typeof applyPlan>('POST', '/api/v1/plans/{id}/apply', { id, digest }, signal));
  const word = source.kind === 'remote' ? source.name : undefined;
  const isReady = word === undefined || typed.trim() === word;
  const close = () => {
    stop();
    onClose();
    // Not before: the page offers the way back as soon as it knows, and this window goes with what was offered.
    void queries.invalidateQueries({ queryKey: ['plan', id] });
  };
  return (
    <Dialog
      title={t('apply.title', { count: summary.manifests })}
      isAlert
      onClose={close}
      actions={
        report === undefined ? (
          <>
            <Button variant="ghost" onClick={close}>
              {common.t('cancel')}
            </Button>
            <Button color="critical" disabled={!isReady} loading={isRunning} onClick={() => void start()}>
              {t('apply.button')}
            </Button>
          </>
        ) : (
          <Button onClick={close}>{t('work.close')}</Button>
        )
      }
    >
      {report === undefined ? (
        <>
          <p>{word === undefined ? t('apply.restorable') : t('remote', { name: word })}</p>
          {word !== undefined && (
            <Field
              label={common.t('typeToConfirm', { word })}
              value={typed}
              autoComplete="off"
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </>
      ) : (
        <p role="status">{t('went', { count: report.result?.manifests ?? 0 })}</p>
      )}
      <PlanWork work={work} onStop={stop} />
    </Dialog>
  );
}
