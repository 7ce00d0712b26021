import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Datagrid } from '../../ui/datagrid.tsx';
import form from '../../ui/form.module.css';
import { Pills } from '../../ui/pills.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useItemColumns } from '../plan/item-columns.tsx';
import { PlanFigures } from '../plan/plan-figures.tsx';
import { EveryImage } from './every-image.tsx';
import type { PolicyValues } from './policy-values.ts';
import { usePreview, useValidation } from './use-preview.ts';

const VIEWS = ['going', 'every'] as const;

/** What the policy would do now to the images that are there. */
export function PolicyPreview({ values }: { readonly values: PolicyValues }) {
  const { t } = useTranslation('policy');
  const [view, setView] = useState<(typeof VIEWS)[number]>('going');
  const validation = useValidation(values);
  const { data, error, isFetching, refetch } = usePreview(values);
  if (validation.data?.isValid === false) return <Empty title={t('preview.wrong')} />;
  if (error !== null) return <Failed error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Empty title={isFetching ? t('preview.looking') : t('preview.waiting')} />;
  const isHere = values.registry === '';
  return (
    <div aria-busy={isFetching} className={form['form']}>
      <p role="status">
        {isFetching ? t('preview.looking') : t('preview.would', { count: data.plan.summary.manifests })}
      </p>
      <PlanFigures plan={data.plan} />
      {isHere && (
        <Pills
          label={t('preview.show')}
          options={VIEWS.map((one) => ({ value: one, text: t(`preview.${one}`) }))}
          value={view}
          onChange={setView}
        />
      )}
      {isHere && view === 'every' ? <EveryImage values={values} /> : <Going data={data} />}
    </div>
  );
}

type Preview = NonNullable<ReturnType<typeof usePreview>['data']>;

function Going({ data: { plan, items, isWhole } }: { readonly data: Preview }) {
  const { t } = useTranslation('policy');
  const columns = useItemColumns(plan.source.kind !== 'remote');
  return (
    <>
      <Datagrid
        label={t('preview.title')}
        columns={columns}
        rows={items}
        idOf={({ position }) => String(position)}
        empty={<Empty title={t('preview.nothing')} />}
      />
      {!isWhole && <p>{t('preview.more', { count: items.length })}</p>}
    </>
  );
}
