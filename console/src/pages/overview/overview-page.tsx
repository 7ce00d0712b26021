import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { listSizes } from '../../../../src/api/sizes/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { DashboardTabs } from '../../ui/dashboard-tabs.tsx';
import { Figures } from '../../ui/figures.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { FirstSteps } from './first-steps.tsx';
import { LargestRepositories } from './largest-repositories.tsx';
import { LatestRepositories } from './latest-repositories.tsx';
import { REFRESH_MILLISECONDS } from './refresh.ts';

const LARGEST = 8;

/** Until something was pushed, how to; from then on what there is, of what somebody may see. */
export function OverviewPage() {
  const { t } = useTranslation('overview');
  const may = useMay();
  return (
    <Page title={t('title')} above={<DashboardTabs />}>
      {may('see-sizes') ? <Sums /> : <LatestRepositories />}
    </Page>
  );
}

function Sums() {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const sizes = useQuery({
    queryKey: ['sizes', 'overview'],
    queryFn: ({ signal }) => call<typeof listSizes>('GET', '/api/v1/sizes', { limit: LARGEST }, signal),
    refetchInterval: ({ state }) => (isEmpty(state.data) ? REFRESH_MILLISECONDS : false),
  });
  if (sizes.isLoadingError) return <Failed error={sizes.error} onRetry={() => void sizes.refetch()} />;
  if (sizes.data === undefined) return <Loading />;
  const { sums } = sizes.data;
  if (sums === null || isEmpty(sizes.data)) return <FirstSteps />;
  return (
    <>
      <Figures
        figures={[
          { label: t('repositories'), value: format.number(sums.repositories) },
          { label: t('tags'), value: format.number(sums.tags) },
          { label: t('bytes'), value: format.bytes(sums.counted) },
          { label: t('restorable'), value: format.bytes(sums.trash.restorable) },
          { label: t('reclaimable'), value: format.bytes(sums.trash.reclaimable) },
        ]}
      />
      <Section title={t('largest')}>
        <LargestRepositories repositories={sizes.data.repositories} />
      </Section>
    </>
  );
}

function isEmpty(sizes: OutputOf<typeof listSizes> | undefined): boolean {
  return sizes?.sums?.manifests === 0;
}
