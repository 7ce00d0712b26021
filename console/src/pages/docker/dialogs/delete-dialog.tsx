import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { removeRegistry } from '../../../../../src/api/registries/contract.ts';
import { call } from '../../../api/call.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { notify } from '../../../ui/notify.tsx';
import { REGISTRIES } from '../registries.ts';
import type { RegistryDialogProps } from './registry-dialogs.tsx';

interface DeleteDialogProps extends RegistryDialogProps {
  /** What showed it has nothing to show any more. */
  readonly onDeleted?: (() => void) | undefined;
}

export function DeleteDialog({ registry, onClose, onDeleted }: DeleteDialogProps) {
  const { t } = useTranslation('registry');
  const queries = useQueryClient();
  const { id, name, url, hasSecret } = registry;
  const remove = async (): Promise<void> => {
    await call<typeof removeRegistry>('DELETE', '/api/v1/registries/{id}', { id });
    notify(t('delete.done', { name }));
    onDeleted?.();
    await queries.invalidateQueries({ queryKey: [...REGISTRIES, 'list'] });
  };
  return (
    <ConfirmDialog title={t('delete.title', { name })} verb={t('delete.verb')} onConfirm={remove} onClose={onClose}>
      <p>{t('delete.what', { url, id })}</p>
      {hasSecret && <p>{t('delete.revoke', { url })}</p>}
    </ConfirmDialog>
  );
}
