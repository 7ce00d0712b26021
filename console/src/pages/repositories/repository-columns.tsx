import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Repository } from '../../../../src/api/repositories/contract.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { When } from '../../ui/when.tsx';
import { useFormat } from '../../words/format.ts';

export function useRepositoryColumns(): readonly Column<Repository>[] {
  const { t } = useTranslation('repositories');
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'name',
        title: t('name'),
        isSortable: true,
        cell: ({ name }) => (
          <Link to="/repositories/$" params={{ _splat: name }}>
            {name}
          </Link>
        ),
      },
      { id: 'tags', title: t('tags'), isSortable: true, align: 'end', cell: ({ tags }) => format.number(tags) },
      { id: 'size', title: t('size'), isSortable: true, align: 'end', cell: ({ bytes }) => format.bytes(bytes) },
      { id: 'unique', title: t('unique'), align: 'end', cell: ({ uniqueBytes }) => format.bytes(uniqueBytes) },
      {
        id: 'pushed',
        title: t('pushed'),
        isSortable: true,
        cell: ({ pushedAt }) => (pushedAt === null ? '' : <When at={pushedAt} />),
      },
      {
        id: 'pulled',
        title: t('pulled'),
        isSortable: true,
        cell: ({ pulledAt }) => (pulledAt === null ? t('never') : <When at={pulledAt} />),
      },
    ],
    [t, format],
  );
}
