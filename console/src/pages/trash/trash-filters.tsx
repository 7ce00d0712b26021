import { Button } from '@ovhcloud/ods-react';
import { getRouteApi } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterInput } from '../../ui/filter-input.tsx';
import { Pills } from '../../ui/pills.tsx';
import css from './trash-filters.module.css';

const route = getRouteApi('/trash');
const KINDS = ['', 'tag', 'manifest', 'repository'] as const;

/** @param isWhole the trash of all repositories is looked at, and not that of one. */
export function TrashFilters({ isWhole }: { readonly isWhole: boolean }) {
  const { t } = useTranslation('trash');
  const { q, by, kind, repository, plan } = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useCallback(
    (part: Partial<ReturnType<typeof route.useSearch>>) =>
      void navigate({ search: (now) => ({ ...now, ...part }), replace: true }),
    [navigate],
  );
  const filterByName = useCallback((text: string) => narrow({ q: text }), [narrow]);
  const filterByPerson = useCallback((text: string) => narrow({ by: text }), [narrow]);
  return (
    <div className={css['filters']}>
      {isWhole && (
        <>
          <FilterInput label={t('filter.repository')} value={q} onChange={filterByName} />
          <FilterInput label={t('filter.by')} value={by} onChange={filterByPerson} />
          <Pills
            label={t('filter.kind')}
            options={KINDS.map((one) => ({ value: one, text: one === '' ? t('filter.all') : t(`kinds.${one}`) }))}
            value={kind}
            onChange={(one) => narrow({ kind: one })}
          />
        </>
      )}
      {repository !== '' && (
        <Narrowed text={t('filter.inRepository', { name: repository })} onClear={() => narrow({ repository: '' })} />
      )}
      {plan !== '' && <Narrowed text={t('filter.ofPlan', { id: plan })} onClear={() => narrow({ plan: '' })} />}
    </div>
  );
}

/** What a link has narrowed the list to. */
function Narrowed({ text, onClear }: { readonly text: string; readonly onClear: () => void }) {
  const { t } = useTranslation('trash');
  return (
    <span className={css['narrowed']}>
      {text}
      <Button variant="ghost" size="xs" aria-label={t('filter.clear', { what: text })} onClick={onClear}>
        <X size={14} aria-hidden />
      </Button>
    </span>
  );
}
