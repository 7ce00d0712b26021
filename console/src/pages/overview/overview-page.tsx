import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { listSizes } from '../../../../src/api/sizes/contract.ts';
import { call } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { DashboardTabs } from '../../ui/dashboard-tabs.tsx';
import { Figures } from '../../ui/figures.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { FirstSteps } from './first-steps.tsx';
import { LargestRepositories } from './largest-repositories.tsx';

/** Often enough that a first push is seen at once by whoever waits for it. */
const REFRESH_MILLISECONDS = 3_000;
const LARGEST = 8;

/** Until something was pushed, how to; from then on what there is. */
export function OverviewPage() {
  const { t } = useTranslation('overview');
  const may = useMay();
  return (
    <Page title={t('title')} above={<DashboardTabs />}>
      {may('see-sizes') ? <Sums /> : <FirstSteps />}
    </Page>
  );
}

function Sums() {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const sizes = useQuery({
    queryKey: ['sizes', 'overview'],
    queryFn: ({ signal }) => call<typeof listSizes>('GET', '/api/v1/sizes', { limit: LARGEST }, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  if (sizes.isLoadingError) return <Failed error={sizes.error} onRetry={() => void sizes.refetch()} />;
  if (sizes.data === undefined) return <Loading />;
  const { sums } = sizes.data;
  if (sums === null || sums.manifests === 0) return <FirstSteps />;
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
