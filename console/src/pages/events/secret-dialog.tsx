import { Button } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/dialog.tsx';
import { TextBlock } from '../../ui/text-block.tsx';

interface SecretDialogProps {
  readonly secret: string;
  readonly onClose: () => void;
}

/** It is told this once. */
export function SecretDialog({ secret, onClose }: SecretDialogProps) {
  const { t } = useTranslation('events');
  return (
    <Dialog
      title={t('secret.title')}
      onClose={onClose}
      isKept
      actions={<Button onClick={onClose}>{t('secret.kept')}</Button>}
    >
      <p>{t('secret.lead')}</p>
      <TextBlock label={t('secret.label')} text={secret} />
    </Dialog>
  );
}
