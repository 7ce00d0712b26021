import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { PlanReply, showPlan } from '../../../../src/api/plans/contract.ts';
import { call } from '../../api/call.ts';
import { useMaySomewhere } from '../../app/session.ts';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { ApplyPlan } from './apply-plan.tsx';
import { DiscardPlan } from './discard-plan.tsx';
import { PlanFigures } from './plan-figures.tsx';
import { PlanItems } from './plan-items.tsx';
import { PlanSource } from './plan-source.tsx';
import { UndoPlan } from './undo-plan.tsx';

const route = getRouteApi('/plans/$id');

/** What is to be deleted, exactly: looked at, then applied or forgotten. */
export function PlanPage() {
  const { t } = useTranslation('plan');
  const { id } = route.useParams();
  const shown = useQuery({
    queryKey: ['plan', id],
    queryFn: ({ signal }) => call<typeof showPlan>('GET', '/api/v1/plans/{id}', { id }, signal),
  });
  const plan = shown.data?.plan;
  const above = (
    <Crumbs here={id}>
      <li>
        <Link to="/policies">{t('policies')}</Link>
      </li>
    </Crumbs>
  );
  return (
    <Page title={t('title')} above={above} actions={plan !== undefined && <Actions plan={plan} />}>
      {shown.isError && <Failed error={shown.error} onRetry={() => void shown.refetch()} />}
      {shown.isPending && <Loading />}
      {plan !== undefined && (
        <>
          <PlanSource plan={plan} />
          <PlanFigures plan={plan} />
          <Section title={t('items.title')}>
            <PlanItems id={id} isHere={plan.source.kind !== 'remote'} />
          </Section>
        </>
      )}
    </Page>
  );
}

function Actions({ plan }: { readonly plan: PlanReply }) {
  const may = useMaySomewhere();
  if (!may('plan-deletions')) return null;
  if (plan.state === 'applied') return <UndoPlan plan={plan} />;
  return (
    <>
      {plan.state === 'open' && <DiscardPlan plan={plan} />}
      <ApplyPlan plan={plan} />
    </>
  );
}
