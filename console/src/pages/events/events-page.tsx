import { Button } from '@ovhcloud/ods-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { listWebhooks } from '../../../../src/api/webhooks/contract.ts';
import { call } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { Datagrid } from '../../ui/datagrid.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useWebhookColumns } from './webhook-columns.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';

const PAGE = 200;

/** Who is told of what happens here. */
export function EventsPage() {
  const { t } = useTranslation('events');
  const may = useMay();
  const [isAdding, setIsAdding] = useState(false);
  const columns = useWebhookColumns();
  const list = useInfiniteQuery({
    queryKey: ['webhooks', 'list'],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listWebhooks>('GET', '/api/v1/webhooks', { limit: PAGE, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ webhooks }) => webhooks), [list.data]);
  const adding = (
    <Button onClick={() => setIsAdding(true)}>
      <Plus size={16} aria-hidden /> {t('add')}
    </Button>
  );
  return (
    <Page title={t('title')} actions={may('manage-webhooks') ? adding : undefined}>
      <p>{t('lead')}</p>
      {list.isLoadingError ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Datagrid
          label={t('title')}
          columns={columns}
          rows={rows}
          idOf={({ name }) => name}
          pages={list}
          empty={
            <Empty title={t('empty')}>
              <p>{t('emptyLead')}</p>
            </Empty>
          }
        />
      )}
      {isAdding && <WebhookDialog onClose={() => setIsAdding(false)} />}
    </Page>
  );
}
