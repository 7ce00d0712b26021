import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { listUpstreams } from '../../../../src/api/registries/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';
import { Bars } from '../../ui/bars.tsx';
import { StateBadge, type Mood } from '../../ui/state-badge.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';

type Upstream = OutputOf<typeof listUpstreams>['upstreams'][number];

const REFRESH_MILLISECONDS = 10_000;
/** Below this share of what is allowed, people should know. */
const LITTLE = 0.2;
const MOODS = { closed: 'good', 'half-open': 'notice', open: 'bad' } as const;

/** What other registries still let this one ask. */
export function Upstreams() {
  const { t } = useTranslation('system');
  const list = useQuery({
    queryKey: ['upstreams'],
    queryFn: ({ signal }) => call<typeof listUpstreams>('GET', '/api/v1/upstreams', {}, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading lines={3} />;
  const { upstreams } = list.data;
  if (upstreams.length === 0) {
    return (
      <Empty title={t('upstreams.empty')}>
        <p>{t('upstreams.emptyLead')}</p>
      </Empty>
    );
  }
  return (
    <Bars
      label={t('upstreams.title')}
      bars={upstreams.map((one) => ({
        id: one.upstream,
        name: (
          <>
            {one.upstream} <StateBadge mood={MOODS[one.breaker]}>{t(`breaker.${one.breaker}`)}</StateBadge>
          </>
        ),
        value: <Budget upstream={one} />,
        share: shareOf(one) ?? 1,
        mood: moodOf(one),
      }))}
    />
  );
}

function Budget({ upstream }: { readonly upstream: Upstream }) {
  const { t } = useTranslation('system');
  const format = useFormat();
  const { limit, remaining, resetsAt, pausedUntil } = upstream;
  const left =
    remaining === null || limit === null
      ? t('upstreams.unlimited')
      : t('upstreams.left', { remaining: format.number(remaining), limit: format.number(limit) });
  return (
    <>
      {left}
      {resetsAt !== null && ` · ${t('upstreams.resets', { when: format.ago(resetsAt) })}`}
      {pausedUntil !== null && ` · ${t('upstreams.paused', { when: format.ago(pausedUntil) })}`}
    </>
  );
}

function shareOf({ limit, remaining }: Upstream): number | undefined {
  return limit === null || remaining === null || limit === 0 ? undefined : remaining / limit;
}

function moodOf(upstream: Upstream): Mood {
  const share = shareOf(upstream);
  if (upstream.breaker === 'open' || share === 0) return 'bad';
  return upstream.pausedUntil !== null || (share !== undefined && share < LITTLE) ? 'notice' : 'good';
}
