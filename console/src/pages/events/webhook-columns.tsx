import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../../../src/api/webhooks/contract.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { When } from '../../ui/when.tsx';
import { WebhookMenu } from './webhook-menu.tsx';
import { WebhookState } from './webhook-state.tsx';

export function useWebhookColumns(): readonly Column<Webhook>[] {
  const { t } = useTranslation('events');
  return useMemo(
    () => [
      {
        id: 'name',
        title: t('column.name'),
        cell: ({ name }) => (
          <Link to="/events/$name" params={{ name }}>
            {name}
          </Link>
        ),
      },
      { id: 'state', title: t('column.state'), cell: (webhook) => <WebhookState webhook={webhook} /> },
      { id: 'url', title: t('column.url'), cell: ({ url }) => url },
      { id: 'events', title: t('column.events'), cell: ({ events }) => events.join(', ') || t('usual') },
      {
        id: 'repositories',
        title: t('column.repositories'),
        cell: ({ repositories }) => repositories.join(', ') || t('all'),
      },
      { id: 'created', title: t('column.created'), cell: ({ createdAt }) => <When at={createdAt} /> },
      {
        id: 'actions',
        title: <span className="sr-only">{t('column.actions')}</span>,
        cell: (webhook) => <WebhookMenu webhook={webhook} />,
      },
    ],
    [t],
  );
}
