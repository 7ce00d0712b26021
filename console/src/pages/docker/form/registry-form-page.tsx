import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  addRegistry,
  changeRegistry,
  tryRegistry,
  tryRegistryChange,
} from '../../../../../src/api/registries/contract.ts';
import { call } from '../../../api/call.ts';
import { useSession } from '../../../app/session.ts';
import { Crumbs } from '../../../ui/crumbs.tsx';
import { notify } from '../../../ui/notify.tsx';
import { Page } from '../../../ui/page.tsx';
import { Failed, Loading } from '../../../ui/states.tsx';
import { forgetRemote } from '../detail/use-remote.ts';
import { REGISTRIES, registryQuery, type Registry } from '../registries.ts';
import { PRESETS } from './presets.ts';
import { projectFor } from './project-for.ts';
import { RegistryForm } from './registry-form.tsx';
import { changesOf, newRegistryOf, newValues, valuesOf, type RegistryValues } from './registry-values.ts';

const adding = getRouteApi('/docker/new');
const editing = getRouteApi('/docker/$id/edit');

export function NewRegistryPage() {
  const { t } = useTranslation('registry-form');
  const { kind, project } = adding.useSearch();
  const { account } = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const values = useMemo(() => {
    const chosen = kind === '' ? 'generic' : kind;
    return newValues(project === '' ? projectFor(account) : project, chosen, PRESETS[chosen].url ?? '');
  }, [account, kind, project]);
  const leave = (): void => void navigate({ to: '/docker' });
  const save = async (said: RegistryValues): Promise<void> => {
    const { registry } = await call<typeof addRegistry>('POST', '/api/v1/registries', newRegistryOf(said));
    await queries.invalidateQueries({ queryKey: REGISTRIES });
    notify(t('added', { name: registry.name }));
    leave();
  };
  return (
    <Page title={t('new')} above={<FormCrumbs name={t('new')} />}>
      <RegistryForm
        values={values}
        isNew
        hasSecret={false}
        verb={t('create')}
        onTry={async (said) => {
          const { test } = await call<typeof tryRegistry>('POST', '/api/v1/registry-tests', newRegistryOf(said));
          return test;
        }}
        onSave={save}
        onCancel={leave}
      />
    </Page>
  );
}

export function EditRegistryPage() {
  const { t } = useTranslation('registry-form');
  const { id } = editing.useParams();
  const registry = useQuery({ ...registryQuery(id), refetchOnWindowFocus: false });
  const name = registry.data?.name ?? id;
  return (
    <Page title={t('edit', { name })} above={<FormCrumbs name={name} id={id} />}>
      {registry.isError && <Failed error={registry.error} onRetry={() => void registry.refetch()} />}
      {registry.isPending && <Loading />}
      {registry.data !== undefined && <EditForm registry={registry.data} />}
    </Page>
  );
}

function EditForm({ registry }: { readonly registry: Registry }) {
  const { t } = useTranslation('registry-form');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { id } = registry;
  const before = useMemo(() => valuesOf(registry), [registry]);
  const leave = (): void => void navigate({ to: '/docker/$id', params: { id } });
  const save = async (said: RegistryValues): Promise<void> => {
    const changes = { id, ...changesOf(said, before) };
    const changed = await call<typeof changeRegistry>('PUT', '/api/v1/registries/{id}', changes);
    forgetRemote(queries, id);
    await queries.invalidateQueries({ queryKey: REGISTRIES });
    notify(t('changed', { name: changed.registry.name }));
    leave();
  };
  return (
    <RegistryForm
      key={registry.updatedAt}
      values={before}
      isNew={false}
      hasSecret={registry.hasSecret}
      verb={t('save')}
      onTry={async (said) => {
        const changes = { id, ...changesOf(said, before) };
        const { test } = await call<typeof tryRegistryChange>('POST', '/api/v1/registries/{id}/trial', changes);
        return test;
      }}
      onSave={save}
      onCancel={leave}
    />
  );
}

/** @param id of a connection that is there. */
function FormCrumbs({ name, id }: { readonly name: string; readonly id?: string }) {
  const { t } = useTranslation('registry-form');
  return (
    <Crumbs here={id === undefined ? name : t('editing')}>
      <li>
        <Link to="/docker">{t('registries')}</Link>
      </li>
      {id !== undefined && (
        <li>
          <Link to="/docker/$id" params={{ id }}>
            {name}
          </Link>
        </li>
      )}
    </Crumbs>
  );
}
