import { Button } from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { listSizes, RepositorySizes, Sums } from '../../../../src/api/sizes/contract.ts';
import type { readStatus } from '../../../../src/api/status/contract.ts';
import { call } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { Bars } from '../../ui/bars.tsx';
import { Figures, type Figure } from '../../ui/figures.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import css from './datastore.module.css';

const LARGEST = 10;

/** How much there is, and where most of it is. */
export function Storage() {
  const sizes = useQuery({
    queryKey: ['sizes', 'datastore'],
    queryFn: ({ signal }) => call<typeof listSizes>('GET', '/api/v1/sizes', { limit: LARGEST }, signal),
  });
  if (sizes.isLoadingError) return <Failed error={sizes.error} onRetry={() => void sizes.refetch()} />;
  if (sizes.data === undefined) return <Loading />;
  const { sums, repositories } = sizes.data;
  if (sums === null) return null;
  return (
    <>
      <Sizes sums={sums} />
      <Exact />
      <Largest repositories={repositories} counted={sums.counted} />
    </>
  );
}

function Sizes({ sums }: { readonly sums: Sums }) {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const may = useMay();
  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => call<typeof readStatus>('GET', '/api/v1/status', {}, signal),
    enabled: may('read-status'),
  });
  const { bytes, freeBytes } = status.data?.storage ?? {};
  const onDisk: readonly Figure[] = may('read-status')
    ? [
        { label: t('stored'), value: bytes === undefined ? '…' : format.bytes(bytes) },
        { label: t('free'), value: freeBytes === null ? t('unknown') : format.bytes(freeBytes ?? 0) },
      ]
    : [];
  return (
    <Figures
      figures={[
        { label: t('counted'), value: format.bytes(sums.counted) },
        ...onDisk,
        { label: t('restorable'), value: format.bytes(sums.trash.restorable) },
        { label: t('reclaimable'), value: format.bytes(sums.trash.reclaimable) },
      ]}
    />
  );
}

/** Counts each blob once, which takes long where there are many: so only when it is asked for. */
function Exact() {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const exact = useQuery({
    queryKey: ['sizes', 'exact'],
    queryFn: ({ signal }) => call<typeof listSizes>('GET', '/api/v1/sizes', { limit: 1, exact: true }, signal),
    enabled: false,
  });
  const blobs = exact.data?.sums?.blobs;
  return (
    <div className={css['part']}>
      <p>{t('exact.lead')}</p>
      <Button variant="outline" loading={exact.isFetching} onClick={() => void exact.refetch()}>
        {t('exact.button')}
      </Button>
      {exact.error !== null && <Failed error={exact.error} />}
      {blobs !== undefined && blobs !== null && (
        <div className={css['wide']} role="status">
          <Figures
            figures={[
              { label: t('exact.total'), value: format.bytes(blobs.total) },
              { label: t('exact.unique'), value: format.bytes(blobs.unique) },
              { label: t('exact.shared'), value: format.bytes(blobs.shared) },
            ]}
          />
        </div>
      )}
    </div>
  );
}

interface LargestProps {
  readonly repositories: readonly RepositorySizes[];
  readonly counted: number;
}

function Largest({ repositories, counted }: LargestProps) {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const bars = repositories.map(({ repository, size }) => ({
    id: repository,
    name: (
      <Link to="/repositories/$" params={{ _splat: repository }}>
        {repository}
      </Link>
    ),
    value: t('largest.size', { size: format.bytes(size.total), unique: format.bytes(size.unique) }),
    share: counted === 0 ? 0 : size.total / counted,
  }));
  return (
    <Section title={t('largest.title')}>
      {bars.length === 0 ? (
        <Empty title={t('largest.empty')}>
          <p>{t('largest.emptyLead')}</p>
        </Empty>
      ) : (
        <Bars label={t('largest.title')} bars={bars} />
      )}
    </Section>
  );
}
