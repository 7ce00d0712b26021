import { Button } from '@ovhcloud/ods-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { deleteRepository, Repository, restoreInRepository } from '../../../../src/api/repositories/contract.ts';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyUndo } from '../../ui/notify.tsx';

/** All of a repository goes into the trash, and comes back whole. */
export function DeleteRepository({ repository }: { readonly repository: Repository }) {
  const { t } = useTranslation('repository');
  const [isAsking, setIsAsking] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { name, tags } = repository;
  const remove = async (): Promise<void> => {
    const { trash } = await call<typeof deleteRepository>('DELETE', '/api/v1/repositories/{repository}', {
      repository: name,
    });
    await navigate({ to: '/repositories' });
    await queries.invalidateQueries({ queryKey: ['repositories'] });
    notifyUndo(t('deleteAll.done', { name }), async () => {
      const restored = { repository: name, id: trash.id };
      await call<typeof restoreInRepository>('POST', '/api/v1/repositories/{repository}/restore', restored);
      await queries.invalidateQueries({ queryKey: ['repositories'] });
    });
  };
  return (
    <>
      <Button variant="outline" color="critical" onClick={() => setIsAsking(true)}>
        <Trash2 size={16} aria-hidden /> {t('deleteAll.button')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('deleteAll.title', { name })}
          verb={t('deleteAll.button')}
          typed={name}
          onConfirm={remove}
          onClose={() => setIsAsking(false)}
        >
          <p>{t('deleteAll.lead', { count: tags })}</p>
          <p>{t('delete.restorable')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
