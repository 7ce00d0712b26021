import { Button } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import css from './events.module.css';

interface SecretDialogProps {
  readonly secret: string;
  readonly onClose: () => void;
}

/** It is told this once. */
export function SecretDialog({ secret, onClose }: SecretDialogProps) {
  const { t } = useTranslation('events');
  return (
    <Dialog title={t('secret.title')} onClose={onClose} actions={<Button onClick={onClose}>{t('secret.kept')}</Button>}>
      <div className={css['secret']}>
        <p>{t('secret.lead')}</p>
        <p>
          <code>{secret}</code> <CopyButton text={secret} label={t('secret.label')} />
        </p>
      </div>
    </Dialog>
  );
}
