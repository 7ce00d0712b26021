import { useTranslation } from 'react-i18next';
import type { emptyTrash, Entry } from '../../../../src/api/trash/contract.ts';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notify } from '../../ui/notify.tsx';
import { nameOf } from './entry-name.ts';
import { useTrashChanged } from './trash-query.ts';

/** Ends the time of one entry. */
export function EndEntry({ entry, onClose }: { readonly entry: Entry; readonly onClose: () => void }) {
  const { t } = useTranslation('trash');
  const changed = useTrashChanged();
  const name = nameOf(entry);
  const end = async (): Promise<void> => {
    await call<typeof emptyTrash>('POST', '/api/v1/trash/empty', { id: entry.id });
    await changed();
    notify(t('end.done', { name }));
  };
  return (
    <ConfirmDialog
      title={t('end.title', { name })}
      verb={t('end.button')}
      typed={entry.tag ?? entry.repository}
      onConfirm={end}
      onClose={onClose}
    >
      <p>{t('emptying.forGood')}</p>
    </ConfirmDialog>
  );
}
