import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { PlanReply } from '../../../../src/api/plans/contract.ts';
import { StateBadge } from '../../ui/state-badge.tsx';
import { When } from '../../ui/when.tsx';

const MOODS = { open: 'notice', applying: 'notice', applied: 'good' } as const;

/** Where a plan comes from, and what became of it. */
export function PlanSource({ plan }: { readonly plan: PlanReply }) {
  const { t } = useTranslation('plan');
  const { source, state, createdAt, createdBy, expiresAt, appliedAt, appliedBy, result } = plan;
  const wanted = source.kind === 'remote' ? source.wanted : source;
  const patterns = wanted.kind === 'policy' ? wanted.policy.patterns.join(', ') : wanted.selection.repositories;
  const name = wanted.kind === 'policy' ? wanted.policy.name : undefined;
  return (
    <>
      <p>
        <StateBadge mood={MOODS[state]}>{t(`state.${state}`)}</StateBadge> {t('madeBy', { name: createdBy })}{' '}
        <When at={createdAt} />. {t('covers', { patterns })}{' '}
        {name !== undefined && (
          <Link to="/policies/$name" params={{ name }}>
            {t('ofPolicy', { name })}
          </Link>
        )}
      </p>
      {source.kind === 'remote' && <p role="note">{t('remote', { name: source.name })}</p>}
      {appliedAt !== null && (
        <p>
          {t('appliedBy', { name: appliedBy ?? '' })} <When at={appliedAt} />.{' '}
          {result !== null &&
            `${t('went', { count: result.manifests })} ${result.kept > 0 ? t('keptCount', { count: result.kept }) : ''}`}
        </p>
      )}
      {appliedAt === null && (
        <p>
          {t('ends')} <When at={expiresAt} />
        </p>
      )}
    </>
  );
}
