import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { listRepositories } from '../../../../src/api/repositories/contract.ts';
import { call } from '../../api/call.ts';
import { Datagrid } from '../../ui/datagrid.tsx';
import { Section } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { useRepositoryColumns } from '../repositories/repository-columns.tsx';
import { FirstSteps } from './first-steps.tsx';
import { REFRESH_MILLISECONDS } from './refresh.ts';

const LATEST = 8;

/** Of somebody who may see some repositories: those of them that were pushed to last. */
export function LatestRepositories() {
  const { t } = useTranslation('overview');
  const columns = useRepositoryColumns();
  const list = useQuery({
    queryKey: ['repositories', 'latest'],
    queryFn: ({ signal }) =>
      call<typeof listRepositories>(
        'GET',
        '/api/v1/repositories',
        { limit: LATEST, sort: 'pushed', direction: 'descending' },
        signal,
      ),
    refetchInterval: ({ state }) => (state.data?.repositories.length === 0 ? REFRESH_MILLISECONDS : false),
  });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading />;
  const { repositories } = list.data;
  if (repositories.length === 0) return <FirstSteps />;
  return (
    <Section
      title={t('latest')}
      actions={
        <Link to="/repositories" search={{ sort: 'pushed', direction: 'descending' }}>
          {t('all')}
        </Link>
      }
    >
      <Datagrid label={t('latest')} columns={columns} rows={repositories} idOf={({ name }) => name} empty={null} />
    </Section>
  );
}
