import { Button } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArchiveRestore } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PlanReply } from '../../../../src/api/plans/contract.ts';
import type { restoreTrash } from '../../../../src/api/trash/contract.ts';
import { call } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { notifyFailure } from '../../ui/notify.tsx';
import { RestorationReport } from '../trash/restoration-report.tsx';
import { useTrashChanged } from '../trash/trash-query.ts';

/** What a plan deleted here is in the trash, and comes back together; elsewhere it is gone. */
export function UndoPlan({ plan }: { readonly plan: PlanReply }) {
  const { t } = useTranslation('plan');
  const may = useMay();
  const changed = useTrashChanged();
  const { id, source } = plan;
  const work = useMutation({
    mutationFn: () => call<typeof restoreTrash>('POST', '/api/v1/trash/restore', { planId: id }),
    onSettled: changed,
    onError: notifyFailure,
  });
  if (source.kind === 'remote' || !may('restore-content')) return null;
  return (
    <>
      <Link to="/trash" search={{ plan: id }}>
        {t('undo.trash')}
      </Link>
      <Button variant="outline" loading={work.isPending} onClick={() => work.mutate()}>
        <ArchiveRestore size={16} aria-hidden /> {t('undo.button')}
      </Button>
      {work.data !== undefined && <RestorationReport reports={[work.data]} onClose={work.reset} />}
    </>
  );
}
