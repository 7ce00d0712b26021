import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { countTrash } from '../../../../src/api/trash/contract.ts';
import { call } from '../../api/call.ts';
import { Figures } from '../../ui/figures.tsx';
import { Failed } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';

/** While it is counted: where much is stored, that takes seconds. */
const UNKNOWN = '…';

export function useTrashTotals() {
  return useQuery({
    queryKey: ['trash', 'totals'],
    queryFn: ({ signal }) => call<typeof countTrash>('GET', '/api/v1/trash/totals', {}, signal),
  });
}

/** How much the trash alone keeps. */
export function TrashTotals() {
  const { t } = useTranslation('trash');
  const format = useFormat();
  const totals = useTrashTotals();
  if (totals.isLoadingError) return <Failed error={totals.error} onRetry={() => void totals.refetch()} />;
  const { restorable, reclaimable } = totals.data ?? {};
  return (
    <Figures
      figures={[
        { label: t('totals.entries'), value: restorable === undefined ? UNKNOWN : format.number(restorable.entries) },
        { label: t('totals.restorable'), value: restorable === undefined ? UNKNOWN : format.bytes(restorable.bytes) },
        {
          label: t('totals.reclaimable'),
          value: reclaimable === undefined ? UNKNOWN : format.bytes(reclaimable.bytes),
        },
      ]}
    />
  );
}
