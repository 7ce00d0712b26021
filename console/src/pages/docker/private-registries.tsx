import { Button } from '@ovhcloud/ods-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMaySomewhere } from '../../app/session.ts';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { RegistryDialogs, type Doing } from './dialogs/registry-dialogs.tsx';
import { registriesQuery, type Registry } from './registries.ts';
import { RegistryFilters } from './registry-filters.tsx';
import { RegistryMenu } from './registry-menu.tsx';
import { RegistryState } from './registry-state.tsx';
import css from './private-registries.module.css';

const route = getRouteApi('/docker');

export function PrivateRegistries() {
  const { t } = useTranslation('docker');
  const { q, state, kind, project } = route.useSearch();
  const [doing, setDoing] = useState<Doing>();
  const list = useInfiniteQuery(registriesQuery({ q, state, kind, project }));
  const rows = useMemo(() => list.data?.pages.flatMap(({ registries }) => registries), [list.data]);
  const columns = useColumns(setDoing);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const isFiltered = [q, state, kind, project].some((text) => text !== '');
  return (
    <>
      {(isFiltered || rows === undefined || rows.length > 0) && <RegistryFilters />}
      <Datagrid
        label={t('private.title')}
        columns={columns}
        rows={rows}
        idOf={({ id }) => id}
        pages={list}
        empty={isFiltered ? <NoneFound /> : <NoneYet />}
      />
      <RegistryDialogs doing={doing} onClose={() => setDoing(undefined)} />
    </>
  );
}

function NoneYet() {
  const { t } = useTranslation('docker');
  const mayAdd = useMaySomewhere()('manage-registries');
  return (
    <Empty title={t('private.empty')}>
      <p>{mayAdd ? t('private.emptyLead') : t('private.emptyAsk')}</p>
    </Empty>
  );
}

function NoneFound() {
  const { t } = useTranslation('docker');
  const navigate = route.useNavigate();
  return (
    <Empty title={t('private.noneFound')}>
      <div>
        <Button size="sm" variant="outline" onClick={() => void navigate({ search: ({ region }) => ({ region }) })}>
          {t('private.showAll')}
        </Button>
      </div>
    </Empty>
  );
}

function useColumns(onDo: (doing: Doing) => void): readonly Column<Registry>[] {
  const { t } = useTranslation('docker');
  const format = useFormat();
  return useMemo(
    () => [
      { id: 'id', title: t('column.id'), cell: (registry) => <Id registry={registry} /> },
      { id: 'region', title: t('column.region'), cell: ({ region }) => region ?? '' },
      {
        id: 'url',
        title: t('column.url'),
        cell: ({ url, name }) => (
          <span className={css['place']}>
            {url}
            {name !== url && <small className={css['name']}>{name}</small>}
          </span>
        ),
      },
      { id: 'username', title: t('column.username'), cell: ({ username }) => username },
      { id: 'addedBy', title: t('column.addedBy'), cell: ({ addedBy }) => <Person name={addedBy} /> },
      { id: 'date', title: t('column.date'), cell: ({ createdAt }) => format.date(createdAt) },
      {
        id: 'actions',
        title: t('column.actions'),
        cell: (registry) => <RegistryMenu registry={registry} onDo={onDo} />,
      },
    ],
    [t, format, onDo],
  );
}

function Id({ registry }: { readonly registry: Registry }) {
  const { id } = registry;
  return (
    <span className={css['id']}>
      <Link to="/docker/$id" params={{ id }}>
        <code>{id}</code>
      </Link>
      <RegistryState registry={registry} />
    </span>
  );
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Whoever is called by an address can be written to. */
function Person({ name }: { readonly name: string }) {
  return EMAIL.test(name) ? <a href={`mailto:${name}`}>{name}</a> : name;
}
