import { Button } from '@ovhcloud/ods-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery, showWebhook, Webhook } from '../../../../src/api/webhooks/contract.ts';
import { call } from '../../api/call.ts';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { Told } from '../../ui/told.tsx';
import { useFormat } from '../../words/format.ts';
import { Deliveries } from './deliveries.tsx';
import { DeliveryDialog } from './delivery-dialog.tsx';
import { ping } from './webhook-calls.ts';
import { WebhookMenu } from './webhook-menu.tsx';
import { WebhookState } from './webhook-state.tsx';

const route = getRouteApi('/events/$name');

/** One webhook, and what was sent to it. */
export function WebhookPage() {
  const { t } = useTranslation('events');
  const { name } = route.useParams();
  const shown = useQuery({
    queryKey: ['webhooks', 'one', name],
    queryFn: ({ signal }) => call<typeof showWebhook>('GET', '/api/v1/webhooks/{name}', { name }, signal),
  });
  const webhook = shown.data?.webhook;
  const above = (
    <Crumbs here={name}>
      <li>
        <Link to="/events">{t('title')}</Link>
      </li>
    </Crumbs>
  );
  return (
    <Page title={name} above={above} actions={webhook !== undefined && <Actions webhook={webhook} />}>
      {shown.isError && <Failed error={shown.error} onRetry={() => void shown.refetch()} />}
      {shown.isPending && <Loading lines={4} />}
      {webhook !== undefined && (
        <>
          {webhook.disabledReason !== null && <Told mood="bad">{webhook.disabledReason}</Told>}
          <WebhookFacts webhook={webhook} />
          <Section title={t('deliveries.title')}>
            <Deliveries name={name} />
          </Section>
        </>
      )}
    </Page>
  );
}

function Actions({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useTranslation('events');
  const [sent, setSent] = useState<Delivery>();
  const pinging = useMutation({ mutationFn: () => ping(webhook.name), onSuccess: setSent });
  return (
    <>
      <Button variant="outline" loading={pinging.isPending} onClick={() => pinging.mutate()}>
        {t('ping')}
      </Button>
      <WebhookMenu webhook={webhook} />
      {pinging.error !== null && <Failed error={pinging.error} />}
      {sent !== undefined && <DeliveryDialog delivery={sent} onClose={() => setSent(undefined)} />}
    </>
  );
}

function WebhookFacts({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useTranslation('events');
  const format = useFormat();
  const { url, events, repositories, headers, isSigned, failingSince, resumeAt, createdAt } = webhook;
  return (
    <Facts
      facts={[
        { name: t('column.state'), value: <WebhookState webhook={webhook} /> },
        { name: t('failingSince'), value: failingSince && format.time(failingSince) },
        { name: t('resumeAt'), value: resumeAt && format.time(resumeAt) },
        { name: t('column.url'), value: <code>{url}</code> },
        { name: t('format.label'), value: t(`format.${webhook.format}`) },
        { name: t('column.events'), value: events.join(', ') || t('usual') },
        { name: t('column.repositories'), value: repositories.join(', ') || t('all') },
        { name: t('headers'), value: headers.join(', ') },
        { name: t('signed'), value: isSigned ? t('yes') : t('no') },
        { name: t('column.created'), value: format.time(createdAt) },
      ]}
    />
  );
}
