import { Button } from '@ovhcloud/ods-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { listQuotas, Quota, removeQuota } from '../../../../src/api/quotas/contract.ts';
import { call } from '../../api/call.ts';
import { Bars } from '../../ui/bars.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notify } from '../../ui/notify.tsx';
import { Section } from '../../ui/page.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import type { Mood } from '../../ui/state-badge.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { QuotaDialog } from './quota-dialog.tsx';
import css from './datastore.module.css';

const PAGE = 200;
/** In percent: from here on people should know. */
const NEARLY_FULL = 80;

type Doing = { readonly what: 'add' } | { readonly what: 'edit' | 'remove'; readonly quota: Quota };

export function Quotas() {
  const { t } = useTranslation('datastore');
  const [doing, setDoing] = useState<Doing>();
  const list = useInfiniteQuery({
    queryKey: ['quotas'],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listQuotas>('GET', '/api/v1/quotas', { limit: PAGE, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const quotas = list.data?.pages.flatMap((page) => page.quotas);
  const close = (): void => setDoing(undefined);
  return (
    <Section
      title={t('quotas.title')}
      actions={
        <Button variant="outline" size="sm" onClick={() => setDoing({ what: 'add' })}>
          <Plus size={16} aria-hidden /> {t('quotas.add')}
        </Button>
      }
    >
      {list.isError && <Failed error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading lines={3} />}
      {quotas?.length === 0 && (
        <Empty title={t('quotas.empty')}>
          <p>{t('quotas.emptyLead')}</p>
        </Empty>
      )}
      {quotas !== undefined && quotas.length > 0 && <QuotaBars quotas={quotas} onDo={setDoing} />}
      {list.hasNextPage && (
        <Button variant="ghost" loading={list.isFetching} onClick={() => void list.fetchNextPage()}>
          {t('quotas.more')}
        </Button>
      )}
      {doing?.what === 'add' && <QuotaDialog onClose={close} />}
      {doing?.what === 'edit' && <QuotaDialog quota={doing.quota} onClose={close} />}
      {doing?.what === 'remove' && <RemoveQuota quota={doing.quota} onClose={close} />}
    </Section>
  );
}

interface QuotaBarsProps {
  readonly quotas: readonly Quota[];
  readonly onDo: (doing: Doing) => void;
}

function QuotaBars({ quotas, onDo }: QuotaBarsProps) {
  const { t } = useTranslation('datastore');
  return (
    <Bars
      label={t('quotas.title')}
      bars={quotas.map((quota) => ({
        id: String(quota.id),
        name: <code>{quota.pattern}</code>,
        value: (
          <span className={css['line']}>
            <QuotaUse quota={quota} />
            <RowMenu
              label={t('quotas.actionsFor', { pattern: quota.pattern })}
              actions={[
                { id: 'edit', text: t('quotas.edit'), icon: Pencil, onSelect: () => onDo({ what: 'edit', quota }) },
                {
                  id: 'remove',
                  text: t('quotas.remove'),
                  icon: Trash2,
                  isDangerous: true,
                  onSelect: () => onDo({ what: 'remove', quota }),
                },
              ]}
            />
          </span>
        ),
        share: quota.percent / 100,
        mood: moodOf(quota),
      }))}
    />
  );
}

function QuotaUse({ quota }: { readonly quota: Quota }) {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const { limits, used } = quota;
  const parts = [
    limits.bytes !== null && t('quotas.of', { used: format.bytes(used.bytes), limit: format.bytes(limits.bytes) }),
    limits.manifests !== null &&
      t('quotas.ofManifests', { used: format.number(used.manifests), limit: format.number(limits.manifests) }),
    limits.tags !== null && t('quotas.ofTags', { used: format.number(used.tags), limit: format.number(limits.tags) }),
  ].filter((part) => part !== false);
  return parts.length === 0 ? t('quotas.unlimited') : parts.join(' · ');
}

function moodOf({ percent }: Quota): Mood {
  if (percent >= 100) return 'bad';
  return percent >= NEARLY_FULL ? 'notice' : 'good';
}

function RemoveQuota({ quota, onClose }: { readonly quota: Quota; readonly onClose: () => void }) {
  const { t } = useTranslation('datastore');
  const queries = useQueryClient();
  const remove = async (): Promise<void> => {
    await call<typeof removeQuota>('DELETE', '/api/v1/quotas/{id}', { id: quota.id });
    await queries.invalidateQueries({ queryKey: ['quotas'] });
    notify(t('quotas.removed', { pattern: quota.pattern }));
  };
  return (
    <ConfirmDialog
      title={t('quotas.removeTitle', { pattern: quota.pattern })}
      verb={t('quotas.remove')}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>{t('quotas.removeLead')}</p>
    </ConfirmDialog>
  );
}
