import { Button } from '@ovhcloud/ods-react';
import { useNavigate } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { discardPlan, PlanReply } from '../../../../src/api/plans/contract.ts';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notify } from '../../ui/notify.tsx';

/** Forgets a plan: nothing is deleted by that. */
export function DiscardPlan({ plan: { id } }: { readonly plan: PlanReply }) {
  const { t } = useTranslation('plan');
  const [isAsking, setIsAsking] = useState(false);
  const navigate = useNavigate();
  const discard = async (): Promise<void> => {
    await call<typeof discardPlan>('DELETE', '/api/v1/plans/{id}', { id });
    await navigate({ to: '/policies' });
    notify(t('discard.done'));
  };
  return (
    <>
      <Button variant="outline" onClick={() => setIsAsking(true)}>
        <X size={16} aria-hidden /> {t('discard.button')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('discard.title')}
          verb={t('discard.button')}
          isHarmless
          onConfirm={discard}
          onClose={() => setIsAsking(false)}
        >
          <p>{t('discard.lead')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
