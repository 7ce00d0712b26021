import { Link } from '@tanstack/react-router';
import { FlaskConical, Play, Power, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PolicyReply } from '../../../../src/api/policies/contract.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { When } from '../../ui/when.tsx';
import type { PolicyWork } from '../policy/policy-window.tsx';
import { LastRun } from './last-run.tsx';
import { useScheduleWords } from './schedule-words.ts';

type OnWork = (work: PolicyWork) => void;

export function usePolicyColumns(onWork: OnWork): readonly Column<PolicyReply>[] {
  const { t } = useTranslation('policies');
  const schedule = useScheduleWords();
  return useMemo(
    () => [
      {
        id: 'name',
        title: t('column.name'),
        cell: ({ name }) => (
          <Link to="/policies/$name" params={{ name }}>
            {name}
          </Link>
        ),
      },
      { id: 'state', title: t('column.state'), cell: (policy) => <PolicyState policy={policy} /> },
      { id: 'covers', title: t('column.covers'), cell: ({ patterns }) => <code>{patterns.join(' ')}</code> },
      { id: 'where', title: t('column.where'), cell: ({ registry }) => registry?.name ?? t('here') },
      { id: 'schedule', title: t('column.schedule'), cell: (policy) => schedule(policy) },
      {
        id: 'next',
        title: t('column.next'),
        cell: ({ nextRunAt, isEnabled }) => (nextRunAt === null || !isEnabled ? '–' : <When at={nextRunAt} />),
      },
      { id: 'last', title: t('column.last'), cell: ({ name }) => <LastRun name={name} /> },
      {
        id: 'actions',
        title: <span className="sr-only">{t('column.actions')}</span>,
        cell: (policy) => policy.abilities.includes('manage') && <Actions policy={policy} onWork={onWork} />,
      },
    ],
    [t, schedule, onWork],
  );
}

function Actions({ policy, onWork }: { readonly policy: PolicyReply; readonly onWork: OnWork }) {
  const { t } = useTranslation('policies');
  const work = (kind: PolicyWork['kind']) => () => onWork({ kind, policy });
  return (
    <RowMenu
      label={t('actionsFor', { name: policy.name })}
      actions={[
        { id: 'try', text: t('action.try'), icon: FlaskConical, onSelect: work('try') },
        { id: 'run', text: t('action.run'), icon: Play, onSelect: work('run') },
        {
          id: 'switch',
          text: policy.isEnabled ? t('action.disable') : t('action.enable'),
          icon: Power,
          onSelect: work('switch'),
        },
        { id: 'delete', text: t('action.delete'), icon: Trash2, isDangerous: true, onSelect: work('delete') },
      ]}
    />
  );
}

export function PolicyState({ policy: { isEnabled, isDryRun } }: { readonly policy: PolicyReply }) {
  const { t } = useTranslation('policies');
  return (
    <>
      <StateBadge mood={isEnabled ? 'good' : 'neutral'}>{isEnabled ? t('on') : t('off')}</StateBadge>{' '}
      {isDryRun && <StateBadge mood="notice">{t('dryRun')}</StateBadge>}
    </>
  );
}
