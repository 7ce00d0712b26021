import { useNavigate } from '@tanstack/react-router';
import { KeyRound, Pause, Pencil, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../../../src/api/webhooks/contract.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notify, notifyFailure } from '../../ui/notify.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { enable, remove, replaceSecret } from './webhook-calls.ts';
import { WebhookDialog } from './webhook-dialog.tsx';

/** What can be done with a webhook, but for telling it something. */
export function WebhookMenu({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useTranslation('events');
  const navigate = useNavigate();
  const [asked, setAsked] = useState<'edit' | 'secret' | 'remove'>();
  const [secret, setSecret] = useState<string>();
  const { name, isEnabled } = webhook;
  const close = (): void => setAsked(undefined);
  const toggle = (): void => {
    enable(name, !isEnabled).then(
      () => notify(t(isEnabled ? 'done.disabled' : 'done.enabled', { name })),
      notifyFailure,
    );
  };
  const drop = async (): Promise<void> => {
    await remove(name);
    await navigate({ to: '/events' });
    notify(t('done.removed', { name }));
  };
  return (
    <>
      <RowMenu
        label={t('actionsFor', { name })}
        actions={[
          { id: 'edit', text: t('edit'), icon: Pencil, onSelect: () => setAsked('edit') },
          isEnabled
            ? { id: 'disable', text: t('disable'), icon: Pause, onSelect: toggle }
            : { id: 'enable', text: t('enable'), icon: Play, onSelect: toggle },
          { id: 'secret', text: t('secret.replace'), icon: KeyRound, onSelect: () => setAsked('secret') },
          { id: 'remove', text: t('remove'), icon: Trash2, isDangerous: true, onSelect: () => setAsked('remove') },
        ]}
      />
      {asked === 'edit' && <WebhookDialog webhook={webhook} onClose={close} />}
      {asked === 'secret' && (
        <ConfirmDialog
          title={t('secret.replaceTitle', { name })}
          verb={t('secret.replace')}
          onConfirm={async () => setSecret(await replaceSecret(name))}
          onClose={close}
        >
          <p>{t('secret.replaceLead')}</p>
        </ConfirmDialog>
      )}
      {asked === 'remove' && (
        <ConfirmDialog title={t('removeTitle', { name })} verb={t('remove')} onConfirm={drop} onClose={close}>
          <p>{t('removeLead')}</p>
        </ConfirmDialog>
      )}
      {secret !== undefined && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
    </>
  );
}
