import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { listPolicyRuns, PolicyRunReply } from '../../../../src/api/policies/contract.ts';
import { call } from '../../api/call.ts';
import { StateBadge, type Mood } from '../../ui/state-badge.tsx';
import { When } from '../../ui/when.tsx';

const MOODS: Readonly<Record<PolicyRunReply['state'], Mood>> = {
  running: 'notice',
  done: 'good',
  failed: 'bad',
  stopped: 'neutral',
};

/** What came of the run before. */
export function LastRun({ name }: { readonly name: string }) {
  const { t } = useTranslation('policies');
  const { data } = useQuery({
    queryKey: ['policy', name, 'last run'],
    queryFn: ({ signal }) =>
      call<typeof listPolicyRuns>('GET', '/api/v1/policies/{name}/runs', { name, limit: 1 }, signal),
  });
  if (data === undefined) return '';
  const [run] = data.runs;
  if (run === undefined) return t('neverRan');
  return (
    <>
      <RunState run={run} /> <RunOutcome run={run} /> <When at={run.startedAt} />
    </>
  );
}

export function RunState({ run: { state } }: { readonly run: PolicyRunReply }) {
  const { t } = useTranslation('policies');
  return <StateBadge mood={MOODS[state]}>{t(`run.${state}`)}</StateBadge>;
}

/** How much went, or would have; or why it failed. */
export function RunOutcome({ run: { summary, error } }: { readonly run: PolicyRunReply }) {
  const { t } = useTranslation('policies');
  if (error !== null) return <span lang="en">{error}</span>;
  if (summary === null) return null;
  return summary.isDryRun ? t('run.wouldGo', { count: summary.planned }) : t('run.went', { count: summary.manifests });
}
