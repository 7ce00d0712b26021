import { Button, Message, MessageBody, MessageIcon } from '@ovhcloud/ods-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { OneOf } from '../../ui/options.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextBlock } from '../../ui/text-block.tsx';
import { CLIENTS, linesFor, type Client } from './client-lines.ts';

interface SecretDialogProps {
  readonly name: string;
  readonly secret: string;
  readonly onClose: () => void;
}

/** The one time that the secret of a token is shown, with what to do with it. */
export function SecretDialog({ name, secret, onClose }: SecretDialogProps) {
  const { t } = useTranslation('tokens');
  const { registry } = useSession().instance;
  const [client, setClient] = useState<Client>('docker');
  return (
    <Dialog
      title={t('secret.title', { name })}
      onClose={onClose}
      isKept
      actions={<Button onClick={onClose}>{t('secret.done')}</Button>}
    >
      <Message color="warning" dismissible={false}>
        <MessageIcon name="triangle-exclamation" />
        <MessageBody>{t('secret.once')}</MessageBody>
      </Message>
      <TextBlock label={t('secret.label')} text={secret} />
      <OneOf
        label={t('secret.use')}
        options={CLIENTS.map((value) => ({ value, text: t(`client.${value}`) }))}
        value={client}
        onChange={setClient}
      />
      <p>{t(`how.${client}`)}</p>
      <TextBlock label={t(`client.${client}`)} text={linesFor(client, { registry, username: name, secret })} />
    </Dialog>
  );
}
