import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '../../ui/choice.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import type { RegistryFilter } from './registries.ts';
import { KINDS, STATES } from './registry-names.ts';
import css from './private-registries.module.css';

const route = getRouteApi('/docker');

/** What of the list is looked at; it stands in the address of the page. */
export function RegistryFilters() {
  const { t } = useTranslation('docker');
  const { t: registry } = useTranslation('registry');
  const { t: form } = useTranslation('registry-form');
  const { q, state, kind, project } = route.useSearch();
  const navigate = route.useNavigate();
  const look = useCallback(
    (filter: Partial<RegistryFilter>) => void navigate({ search: (now) => ({ ...now, ...filter }), replace: true }),
    [navigate],
  );
  const search = useCallback((text: string) => look({ q: text }), [look]);
  const lookInto = useCallback((text: string) => look({ project: text.trim() }), [look]);
  return (
    <div className={css['filters']} role="search" aria-label={t('filter.label')}>
      <FilterInput label={t('filter.search')} value={q} onChange={search} />
      <Choice
        label={t('filter.state')}
        value={state === '' ? ANY : state}
        items={[
          { value: ANY, label: t('filter.anyState') },
          ...STATES.map((value) => ({ value, label: registry(`state.${value}`) })),
        ]}
        onChange={(value) => look({ state: value === ANY ? '' : value })}
      />
      <Choice
        label={t('filter.kind')}
        value={kind === '' ? ANY : kind}
        items={[
          { value: ANY, label: t('filter.anyKind') },
          ...KINDS.map((value) => ({ value, label: form(`kind.${value}`) })),
        ]}
        onChange={(value) => look({ kind: value === ANY ? '' : value })}
      />
      <FilterInput label={t('filter.project')} value={project} onChange={lookInto} />
    </div>
  );
}

/** What chooses nothing has to be called something. */
const ANY = 'any';
