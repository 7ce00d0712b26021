import { Button } from '@ovhcloud/ods-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { RotateCw } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery, listDeliveries } from '../../../../src/api/webhooks/contract.ts';
import { call } from '../../api/call.ts';
import { Choice } from '../../ui/choice.tsx';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { notify, notifyFailure } from '../../ui/notify.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { When } from '../../ui/when.tsx';
import { DeliveryDialog, DELIVERY_MOODS, subjectOf } from './delivery-dialog.tsx';
import { replay } from './webhook-calls.ts';
import css from './events.module.css';

const PAGE = 100;
/** While something waits, its turn is soon. */
const WAITING_MILLISECONDS = 3_000;
const STATES = ['waiting', 'delivered', 'failed'] as const;

const route = getRouteApi('/events/$name');

/** What was or is to be sent, newest first. */
export function Deliveries({ name }: { readonly name: string }) {
  const { t } = useTranslation('events');
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const [shown, setShown] = useState<Delivery>();
  const columns = useDeliveryColumns(name, setShown);
  const list = useInfiniteQuery({
    queryKey: ['webhooks', 'deliveries', name, state],
    queryFn: ({ pageParam, signal }) => {
      const input = { name, limit: PAGE, after: pageParam, ...(state !== '' && { state }) };
      return call<typeof listDeliveries>('GET', '/api/v1/webhooks/{name}/deliveries', input, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ({ state: { data } }) =>
      data?.pages[0]?.deliveries.some((one) => one.state === 'waiting') === true && WAITING_MILLISECONDS,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ deliveries }) => deliveries), [list.data]);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <Choice
        className={css['state']}
        label={t('column.state')}
        value={state}
        items={[
          { value: '', label: t('deliveries.all') },
          ...STATES.map((value) => ({ value, label: t(`delivery.${value}`) })),
        ]}
        onChange={(value) => void navigate({ search: { state: value }, replace: true })}
      />
      <Datagrid
        label={t('deliveries.title')}
        columns={columns}
        rows={rows}
        idOf={({ id }) => String(id)}
        pages={list}
        empty={
          <Empty title={t('deliveries.empty')}>
            <p>{t('deliveries.emptyLead')}</p>
          </Empty>
        }
      />
      {shown !== undefined && <DeliveryDialog delivery={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function useDeliveryColumns(name: string, onShow: (delivery: Delivery) => void): readonly Column<Delivery>[] {
  const { t } = useTranslation('events');
  return useMemo(() => {
    const again = (id: number): void => {
      replay(name, id).then(() => notify(t('deliveries.replayed')), notifyFailure);
    };
    return [
      { id: 'at', title: t('column.at'), cell: ({ createdAt }) => <When at={createdAt} /> },
      {
        id: 'type',
        title: t('column.event'),
        cell: (delivery) => (
          <Button variant="ghost" size="xs" aria-haspopup="dialog" onClick={() => onShow(delivery)}>
            {delivery.type}
          </Button>
        ),
      },
      { id: 'subject', title: t('column.subject'), cell: subjectOf },
      {
        id: 'state',
        title: t('column.state'),
        cell: ({ state }) => <StateBadge mood={DELIVERY_MOODS[state]}>{t(`delivery.${state}`)}</StateBadge>,
      },
      { id: 'status', title: t('column.status'), align: 'end', cell: ({ status }) => status ?? '' },
      { id: 'attempts', title: t('column.attempts'), align: 'end', cell: ({ attempts }) => attempts },
      {
        id: 'replay',
        title: <span className="sr-only">{t('deliveries.replay')}</span>,
        cell: ({ id, state }) =>
          state !== 'waiting' && (
            <Button variant="ghost" size="xs" onClick={() => again(id)}>
              <RotateCw size={14} aria-hidden /> {t('deliveries.replay')}
            </Button>
          ),
      },
    ];
  }, [t, name, onShow]);
}
