import { Button } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { addWebhook, changeWebhook, Webhook } from '../../../../src/api/webhooks/contract.ts';
import { call } from '../../api/call.ts';
import { ApiProblem } from '../../api/problem.ts';
import { Choice } from '../../ui/choice.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, problemWith } from '../../ui/field.tsx';
import { textIn } from '../../ui/said.ts';
import { Failed } from '../../ui/states.tsx';
import { Tick } from '../../ui/tick.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { refreshWebhooks } from './webhook-calls.ts';
import css from '../../ui/form.module.css';

interface WebhookDialogProps {
  /** Absent: a new one. */
  readonly webhook?: Webhook;
  readonly onClose: () => void;
}

type Format = Webhook['format'];
type Said = Pick<Webhook, 'name' | 'url' | 'format' | 'events' | 'repositories' | 'handshake'>;

const FORM = 'webhook';

/** Fills in a webhook; of a new one it shows the secret, once. */
export function WebhookDialog({ webhook, onClose }: WebhookDialogProps) {
  const { t } = useTranslation(['events', 'common']);
  const [format, setFormat] = useState<Format>(webhook?.format ?? 'cloudevents');
  const [handshake, setHandshake] = useState(webhook?.handshake ?? false);
  const saving = useMutation({
    mutationFn: (said: Said) => save(said, webhook),
    onSuccess: async (secret) => {
      await refreshWebhooks();
      if (secret === undefined) onClose();
    },
    gcTime: 0,
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    saving.mutate({
      name: webhook?.name ?? textIn(said, 'name').trim(),
      url: textIn(said, 'url').trim(),
      events: listed(textIn(said, 'events')),
      repositories: listed(textIn(said, 'repositories')),
      format,
      handshake,
    });
  };
  const problem = (field: string) => problemWith(saving.error, field);
  if (saving.data !== undefined) return <SecretDialog secret={saving.data} onClose={onClose} />;
  return (
    <Dialog
      title={webhook === undefined ? t('add') : t('editTitle', { name: webhook.name })}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" form={FORM} loading={saving.isPending}>
            {t('save')}
          </Button>
        </>
      }
    >
      <form id={FORM} className={css['form']} onSubmit={submit}>
        {webhook === undefined && (
          <Field label={t('column.name')} name="name" help={t('help.name')} required problem={problem('name')} />
        )}
        <Field
          label={t('column.url')}
          name="url"
          type="url"
          help={t('help.url')}
          required
          defaultValue={webhook?.url}
          problem={problem('url')}
        />
        <Choice
          label={t('format.label')}
          value={format}
          items={[
            { value: 'cloudevents', label: t('format.cloudevents') },
            { value: 'distribution', label: t('format.distribution') },
          ]}
          onChange={setFormat}
        />
        <Field
          label={t('column.events')}
          name="events"
          help={t('help.events')}
          defaultValue={webhook?.events.join(', ')}
          problem={problem('events')}
        />
        <Field
          label={t('column.repositories')}
          name="repositories"
          help={t('help.repositories')}
          defaultValue={webhook?.repositories.join(', ')}
          problem={problem('repositories')}
        />
        <Tick isOn={handshake} onChange={setHandshake}>
          {t('handshake')}
        </Tick>
        {saving.error !== null && !(saving.error instanceof ApiProblem && saving.error.errors.length > 0) && (
          <Failed error={saving.error} />
        )}
      </form>
    </Dialog>
  );
}

/** @returns the secret of a new one. */
async function save(said: Said, webhook: Webhook | undefined): Promise<string | undefined> {
  if (webhook !== undefined) {
    await call<typeof changeWebhook>('PUT', '/api/v1/webhooks/{name}', said);
    return undefined;
  }
  const { secret } = await call<typeof addWebhook>('POST', '/api/v1/webhooks', said);
  return secret ?? undefined;
}

/** `tag.*, manifest.pushed` */
function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
}
