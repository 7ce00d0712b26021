import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { listAudit } from '../../../../src/api/audit/contract.ts';
import { call } from '../../api/call.ts';
import { When } from '../../ui/when.tsx';
import { useFormat } from '../../words/format.ts';

const SHOWN = 5;
/** Of those that run by themselves and freed something, and of those that somebody asked for. */
const ACTIONS = ['garbage.collected', 'garbage-collection.ended'] as const;

/** The last ones, as the audit log has them. */
export function LastCollections() {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const entries = useQueries({
    queries: ACTIONS.map((action) => ({
      queryKey: ['audit', 'collections', action],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        call<typeof listAudit>('GET', '/api/v1/audit', { action, limit: SHOWN }, signal),
    })),
    combine: (results) =>
      results
        .flatMap(({ data }) => data?.entries ?? [])
        .filter(({ details }) => details?.['dryRun'] !== true)
        .sort((one, other) => other.at.localeCompare(one.at))
        .slice(0, SHOWN),
  });
  if (entries.length === 0) return null;
  return (
    <>
      <p>
        <strong>{t('collection.last')}</strong>
      </p>
      <ul>
        {entries.map(({ at, principal, outcome, details }) => (
          <li key={at}>
            <When at={at} /> · {principal.name} ·{' '}
            {outcome === 'done'
              ? t('collected.freed', { size: format.bytes(Number(details?.['bytes'] ?? 0)) })
              : t('collection.unfinished')}
          </li>
        ))}
      </ul>
      <Link to="/activity" search={{ action: 'garbage-collection.*' }}>
        {t('collection.all')}
      </Link>
    </>
  );
}
