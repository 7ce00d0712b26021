import { Button } from '@ovhcloud/ods-react';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { emptyTrash } from '../../../../src/api/trash/contract.ts';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notify } from '../../ui/notify.tsx';
import { useFormat } from '../../words/format.ts';
import { useTrashChanged } from './trash-query.ts';
import { useTrashTotals } from './trash-totals.tsx';

/** Ends the time of everything in the trash. @param repository of this one alone; empty: of all. */
export function EmptyTrash({ repository }: { readonly repository: string }) {
  const { t } = useTranslation('trash');
  const format = useFormat();
  const [isAsking, setIsAsking] = useState(false);
  const totals = useTrashTotals();
  const changed = useTrashChanged();
  const restorable = totals.data?.restorable;
  if (restorable === undefined || restorable.entries === 0) return null;
  const isWhole = repository === '';
  const verb = isWhole ? t('emptying.button') : t('emptying.buttonOf', { name: repository });
  const empty = async (): Promise<void> => {
    const { entries } = await call<typeof emptyTrash>('POST', '/api/v1/trash/empty', isWhole ? {} : { repository });
    await changed();
    notify(t('emptying.done', { count: entries }));
  };
  return (
    <>
      <Button variant="outline" color="critical" onClick={() => setIsAsking(true)}>
        <Trash2 size={16} aria-hidden /> {verb}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={isWhole ? t('emptying.title') : t('emptying.titleOf', { name: repository })}
          verb={verb}
          typed={isWhole ? t('emptying.word') : repository}
          onConfirm={empty}
          onClose={() => setIsAsking(false)}
        >
          {isWhole && (
            <>
              <p>{t('emptying.count', { count: restorable.entries })}</p>
              <p>{t('emptying.bytes', { bytes: format.bytes(restorable.bytes) })}</p>
            </>
          )}
          {!isWhole && <p>{t('emptying.forGood')}</p>}
        </ConfirmDialog>
      )}
    </>
  );
}
