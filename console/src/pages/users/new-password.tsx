import { Button, Message, MessageBody, MessageIcon } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextBlock } from '../../ui/text-block.tsx';

interface NewPasswordProps {
  readonly name: string;
  readonly password: string;
  readonly onClose: () => void;
}

/** The one time that a password is shown which the registry made. */
export function NewPassword({ name, password, onClose }: NewPasswordProps) {
  const { t } = useTranslation('users');
  const { registry } = useSession().instance;
  return (
    <Dialog
      title={t('made.title', { name })}
      onClose={onClose}
      isKept
      actions={<Button onClick={onClose}>{t('made.done')}</Button>}
    >
      <Message color="warning" dismissible={false}>
        <MessageIcon name="triangle-exclamation" />
        <MessageBody>{t('made.once')}</MessageBody>
      </Message>
      <TextBlock label={t('made.label', { name })} text={password} />
      <p>{t('made.login')}</p>
      <CommandLine command={`docker login ${registry} --username ${name}`} />
    </Dialog>
  );
}
