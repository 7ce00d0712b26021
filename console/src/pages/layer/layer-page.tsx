import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { LayerFileReply, listLayerFiles } from '../../../../src/api/layers/contract.ts';
import { call } from '../../api/call.ts';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import { Page } from '../../ui/page.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { readReference } from '../image/reference.ts';

const PAGE = 500;
const route = getRouteApi('/layers/$');

/** What a layer puts into an image, and what it takes away. */
export function LayerPage() {
  const { t } = useTranslation('layer');
  const { repository, reference: digest } = readReference(route.useParams()._splat ?? '');
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['layer-files', repository, digest, q],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listLayerFiles>(
        'GET',
        '/api/v1/repositories/{repository}/layers/{digest}/files',
        { repository, digest, prefix: q, limit: PAGE, after: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    staleTime: Infinity, // a digest never holds anything else
  });
  // A path may come twice: the later one is what stays.
  const rows = useMemo(
    () => list.data?.pages.flatMap(({ files }) => files).map((file, place) => ({ ...file, place })),
    [list.data],
  );
  const stoppedBy = list.data?.pages.at(-1)?.stoppedBy ?? null;
  const columns = useColumns();
  const filter = useCallback((text: string) => void navigate({ search: { q: text }, replace: true }), [navigate]);
  return (
    <Page
      title={t('title')}
      above={
        <Crumbs here={digest}>
          <li>
            <Link to="/repositories/$" params={{ _splat: repository }}>
              {repository}
            </Link>
          </li>
        </Crumbs>
      }
    >
      <FilterInput label={t('filter')} value={q} onChange={filter} />
      {stoppedBy !== null && <p role="status">{t(`stopped.${stoppedBy}`)}</p>}
      {list.isLoadingError ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Datagrid
          label={t('title')}
          columns={columns}
          rows={rows}
          idOf={({ place }) => String(place)}
          pages={list}
          empty={<Empty title={t('empty')} />}
        />
      )}
    </Page>
  );
}

type Row = LayerFileReply & { readonly place: number };

function useColumns(): readonly Column<Row>[] {
  const { t } = useTranslation('layer');
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'path',
        title: t('path'),
        cell: ({ path, linkTarget, whiteout }) => (
          <>
            <code>{path}</code>
            {linkTarget !== null && <span> → {linkTarget}</span>}{' '}
            {whiteout !== null && <StateBadge mood="bad">{t(`whiteout.${whiteout}`)}</StateBadge>}
          </>
        ),
      },
      { id: 'type', title: t('type'), cell: ({ type }) => t(`types.${type}`) },
      { id: 'size', title: t('size'), align: 'end', cell: ({ size }) => format.bytes(size) },
      { id: 'mode', title: t('mode'), cell: ({ mode }) => <code>{mode.toString(8).padStart(4, '0')}</code> },
      {
        id: 'modified',
        title: t('modified'),
        cell: ({ modifiedAt }) => (modifiedAt === null ? '' : format.time(modifiedAt)),
      },
    ],
    [t, format],
  );
}
