import { Button } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import type { Delivery } from '../../../../src/api/webhooks/contract.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { TextBlock } from '../../ui/text-block.tsx';
import { useFormat } from '../../words/format.ts';

export const DELIVERY_MOODS = { waiting: 'notice', delivered: 'good', failed: 'bad' } as const;

interface DeliveryDialogProps {
  readonly delivery: Delivery;
  readonly onClose: () => void;
}

/** What was sent, and what was answered. */
export function DeliveryDialog({ delivery, onClose }: DeliveryDialogProps) {
  const { t } = useTranslation(['events', 'common']);
  const format = useFormat();
  const { type, state, status, error, response, attempts, eventId, createdAt, lastAttemptAt, nextAttemptAt } = delivery;
  return (
    <Dialog
      title={type}
      onClose={onClose}
      actions={
        <Button variant="ghost" onClick={onClose}>
          {t('common:close')}
        </Button>
      }
    >
      <Facts
        facts={[
          {
            name: t('column.state'),
            value: <StateBadge mood={DELIVERY_MOODS[state]}>{t(`delivery.${state}`)}</StateBadge>,
          },
          { name: t('column.status'), value: status },
          { name: t('error'), value: error },
          { name: t('column.subject'), value: subjectOf(delivery) },
          { name: t('column.attempts'), value: format.number(attempts) },
          { name: t('column.at'), value: format.time(createdAt) },
          { name: t('lastAttempt'), value: lastAttemptAt && format.time(lastAttemptAt) },
          { name: t('nextAttempt'), value: nextAttemptAt && format.time(nextAttemptAt) },
          { name: t('eventId'), value: <code>{eventId}</code> },
        ]}
      />
      {response !== null && response !== '' && <TextBlock label={t('response')} text={response} />}
    </Dialog>
  );
}

/** `team/app:v1`, or what else it is about. */
export function subjectOf({ subject: { repository, tag, digest } }: Delivery): string {
  if (repository === null) return '';
  return tag === null ? `${repository}${digest === null ? '' : `@${digest}`}` : `${repository}:${tag}`;
}
