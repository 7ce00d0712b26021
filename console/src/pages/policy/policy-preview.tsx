import { useTranslation } from 'react-i18next';
import { Datagrid } from '../../ui/datagrid.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useItemColumns } from '../plan/item-columns.tsx';
import { PlanFigures } from '../plan/plan-figures.tsx';
import form from '../../ui/form.module.css';
import type { PolicyValues } from './policy-values.ts';
import { usePreview } from './use-preview.ts';

/** What the policy would do now to the images that are there. */
export function PolicyPreview({ values }: { readonly values: PolicyValues }) {
  const { t } = useTranslation('policy');
  const { data, error, isFetching, refetch } = usePreview(values);
  const columns = useItemColumns();
  if (error !== null) return <Failed error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Empty title={isFetching ? t('preview.looking') : t('preview.waiting')} />;
  return (
    <div aria-busy={isFetching} className={form['form']}>
      <p role="status">
        {isFetching ? t('preview.looking') : t('preview.would', { count: data.plan.summary.manifests })}
      </p>
      <PlanFigures summary={data.plan.summary} />
      <Datagrid
        label={t('preview.title')}
        columns={columns}
        rows={data.items}
        idOf={({ position }) => String(position)}
        empty={<Empty title={t('preview.nothing')} />}
      />
      {!data.isWhole && <p>{t('preview.more', { count: data.items.length })}</p>}
    </div>
  );
}
