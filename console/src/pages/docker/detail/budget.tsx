import { Meter } from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { listRemoteRepositories } from '../../../../../src/api/browsing/contract.ts';
import type { listUpstreams } from '../../../../../src/api/registries/contract.ts';
import { call, type OutputOf } from '../../../api/call.ts';
import { useMay } from '../../../app/session.ts';
import { useFormat } from '../../../words/format.ts';
import css from './remote.module.css';

export type Gauge = OutputOf<typeof listRemoteRepositories>['gauge'];

/** What is left of what a registry lets us ask, as it was when it was asked last. */
export function Budget({ gauge }: { readonly gauge: Gauge | undefined }) {
  const { t } = useTranslation('registry');
  const format = useFormat();
  const label = useId();
  const breaker = useBreaker(gauge?.upstream);
  if (gauge === null || gauge === undefined) return null;
  const { limit, remaining, resetsAt, pausedUntil } = gauge;
  const isCounted = limit !== null && remaining !== null;
  if (!isCounted && pausedUntil === null && breaker === undefined) return null;
  return (
    <div className={css['budget']}>
      {isCounted && (
        <>
          <p id={label}>
            {t('budget.left', { remaining: format.number(remaining), limit: format.number(limit) })}
            {resetsAt !== null && ` ${t('budget.resets', { when: format.ago(resetsAt) })}`}
          </p>
          <Meter
            aria-labelledby={label}
            min={0}
            max={limit}
            value={remaining}
            low={limit / 5}
            high={limit / 2}
            optimum={limit}
          />
        </>
      )}
      {pausedUntil !== null && <p>{t('budget.paused', { when: format.ago(pausedUntil) })}</p>}
      {breaker !== undefined && <p>{t(`budget.breaker.${breaker}`)}</p>}
    </div>
  );
}

/** Whether a registry is left alone because it failed again and again: told to those who see all upstreams. */
function useBreaker(name: string | undefined): 'open' | 'half-open' | undefined {
  const may = useMay()('see-upstreams');
  const { data } = useQuery({
    queryKey: ['upstreams'],
    queryFn: ({ signal }) => call<typeof listUpstreams>('GET', '/api/v1/upstreams', {}, signal),
    enabled: may && name !== undefined,
  });
  const breaker = data?.upstreams.find(({ upstream }) => upstream === name)?.breaker;
  return breaker === 'closed' ? undefined : breaker;
}
