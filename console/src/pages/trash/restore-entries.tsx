import { Button } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { restoreInRepository } from '../../../../src/api/repositories/contract.ts';
import type { Entry, Restoration, restoreTrash } from '../../../../src/api/trash/contract.ts';
import { call } from '../../api/call.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed } from '../../ui/states.tsx';
import { nameOf } from './entry-name.ts';
import { RestorationReport } from './restoration-report.tsx';
import { useTrashChanged } from './trash-query.ts';

const SHOWN = 20;

interface RestoreEntriesProps {
  readonly entries: readonly Entry[];
  /** By a right on all of the trash, and not on that of one repository. */
  readonly isWhole: boolean;
  readonly onClose: () => void;
}

/** Restores entries one by one, and then says what came back. */
export function RestoreEntries({ entries, isWhole, onClose }: RestoreEntriesProps) {
  const { t } = useTranslation('trash');
  const common = useTranslation();
  const changed = useTrashChanged();
  const work = useMutation({
    mutationFn: async () => {
      const reports: Restoration[] = [];
      for (const entry of entries) reports.push(await restore(entry, isWhole));
      return reports;
    },
    onSettled: changed,
  });
  if (work.data !== undefined) return <RestorationReport reports={work.data} onClose={onClose} />;
  return (
    <Dialog
      title={t('restore.title', { count: entries.length })}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onClick={onClose}>
            {common.t('cancel')}
          </Button>
          <Button loading={work.isPending} onClick={() => work.mutate()}>
            {t('restore.button')}
          </Button>
        </>
      }
    >
      <ul>
        {entries.slice(0, SHOWN).map((entry) => (
          <li key={entry.id}>{nameOf(entry)}</li>
        ))}
      </ul>
      {entries.length > SHOWN && <p>{t('andMore', { count: entries.length - SHOWN })}</p>}
      <p>{t('restore.lead')}</p>
      {work.error !== null && <Failed error={work.error} />}
    </Dialog>
  );
}

function restore({ id, repository }: Entry, isWhole: boolean): Promise<Restoration> {
  if (isWhole) return call<typeof restoreTrash>('POST', '/api/v1/trash/restore', { id });
  const path = '/api/v1/repositories/{repository}/restore';
  return call<typeof restoreInRepository>('POST', path, { repository, id });
}
