import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { readStatus } from '../../../../src/api/status/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { Figures } from '../../ui/figures.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { Upstreams } from './upstreams.tsx';

type Status = OutputOf<typeof readStatus>;

const REFRESH_MILLISECONDS = 15_000;
const COUNTED = ['repositories', 'tags', 'manifests', 'blobs', 'uploads', 'users', 'tokens', 'grants'] as const;

/** What runs here, and how it is. */
export function SystemPage() {
  const { t } = useTranslation('system');
  const may = useMay();
  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => call<typeof readStatus>('GET', '/api/v1/status', {}, signal),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  return (
    <Page title={t('title')}>
      {status.isError && <Failed error={status.error} onRetry={() => void status.refetch()} />}
      {status.isPending && <Loading lines={4} />}
      {status.data !== undefined && <Shown status={status.data} />}
      {may('see-upstreams') && (
        <Section title={t('upstreams.title')}>
          <p>{t('upstreams.lead')}</p>
          <Upstreams />
        </Section>
      )}
      {may('read-status') && (
        <Section title={t('metrics.title')}>
          <p>{t('metrics.lead')}</p>
          <CommandLine command={`curl -u prometheus ${window.location.origin}/metrics`} />
          <p>
            <a href="/metrics" target="_blank" rel="noreferrer">
              {t('metrics.open')}
            </a>
          </p>
        </Section>
      )}
    </Page>
  );
}

function Shown({ status }: { readonly status: Status }) {
  const { t } = useTranslation('system');
  const format = useFormat();
  const { version, startedAt, storage, counts, parts } = status;
  return (
    <>
      <Figures
        figures={[
          { label: t('version'), value: version },
          { label: t('started'), value: format.ago(startedAt) },
          { label: t('stored'), value: format.bytes(storage.bytes) },
          { label: t('free'), value: storage.freeBytes === null ? t('unknown') : format.bytes(storage.freeBytes) },
        ]}
      />
      <Section title={t('health.title')}>
        <Facts
          facts={parts.map(({ name, isHealthy, message }) => ({
            name: isNamed(name) ? t(`health.${name}`) : name,
            value: isHealthy ? (
              <StateBadge mood="good">{t('health.good')}</StateBadge>
            ) : (
              <>
                <StateBadge mood="bad">{t('health.bad')}</StateBadge> <span lang="en">{message}</span>
              </>
            ),
          }))}
        />
      </Section>
      <Section title={t('counts')}>
        <Figures figures={COUNTED.map((name) => ({ label: t(`count.${name}`), value: format.number(counts[name]) }))} />
      </Section>
    </>
  );
}

/** Of a newer server a part may have no name here. */
function isNamed(part: string): part is 'database' | 'storage' {
  return part === 'database' || part === 'storage';
}
