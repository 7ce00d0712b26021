import { Button } from '@ovhcloud/ods-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PolicyReply, runPolicy, RunReport } from '../../../../src/api/policies/contract.ts';
import { callLines } from '../../api/call.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { useWork } from '../../ui/work.ts';
import { PlanWork, reportOf, type RunLine } from '../plan/plan-work.tsx';

/** What is not as it was, once a policy has run. */
const CHANGED = [
  'policy',
  'policy preview',
  'policy decisions',
  'trash',
  'repositories',
  'repository',
  'tags',
  'sizes',
];

interface RunPolicyProps {
  readonly policy: PolicyReply;
  readonly isDryRun: boolean;
  readonly onClose: () => void;
}

/** Runs a policy now, and tells how far it is. */
export function RunPolicy({ policy, isDryRun, onClose }: RunPolicyProps) {
  const { t } = useTranslation('policy');
  const common = useTranslation();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const { name, registry } = policy;
  const { work, run, stop } = useWork<RunLine>();
  const isRunning = work.state === 'running';
  const report = reportOf(work)?.report;
  const start = async (): Promise<void> => {
    const input = { name, dryRun: isDryRun };
    await run((signal) => callLines<typeof runPolicy>('POST', '/api/v1/policies/{name}/run', input, signal));
    await Promise.all(CHANGED.map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
  // Of what can be taken back, nothing has to be typed.
  const word = isDryRun || registry === null ? undefined : registry.name;
  const isReady = word === undefined || typed.trim() === word;
  const close = () => {
    stop();
    onClose();
  };
  return (
    <Dialog
      title={isDryRun ? t('run.tryTitle', { name }) : t('run.title', { name })}
      isAlert={!isDryRun}
      onClose={close}
      actions={
        report === undefined ? (
          <>
            <Button variant="ghost" onClick={close}>
              {common.t('cancel')}
            </Button>
            <Button
              color={isDryRun ? 'primary' : 'critical'}
              disabled={!isReady}
              loading={isRunning}
              onClick={() => void start()}
            >
              {isDryRun ? t('run.tryVerb') : t('run.verb')}
            </Button>
          </>
        ) : (
          <Button onClick={close}>{t('run.close')}</Button>
        )
      }
    >
      {report === undefined && (
        <>
          <p>{isDryRun ? t('run.tryLead') : registry === null ? t('run.restorable') : t('run.forGood', registry)}</p>
          {word !== undefined && (
            <Field
              label={common.t('typeToConfirm', { word })}
              value={typed}
              autoComplete="off"
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </>
      )}
      <PlanWork work={work} onStop={stop} />
      {report !== undefined && <Outcome report={report} />}
    </Dialog>
  );
}

/** What went, or would; and the way back. */
function Outcome({ report: { summary, plan } }: { readonly report: RunReport }) {
  const { t } = useTranslation('policy');
  return (
    <>
      <p role="status">
        {summary.isDryRun ? t('run.wouldGo', { count: summary.planned }) : t('run.went', { count: summary.manifests })}{' '}
        {summary.blocked > 0 && t('run.blocked', { count: summary.blocked })}
      </p>
      <p>
        <Link to="/plans/$id" params={{ id: plan.id }}>
          {t('run.plan')}
        </Link>
      </p>
      {!summary.isDryRun && plan.source.kind !== 'remote' && (
        <p>
          <Link to="/trash" search={{ plan: plan.id }}>
            {t('run.undo')}
          </Link>
        </p>
      )}
    </>
  );
}
