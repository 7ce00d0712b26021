import { Button } from '@ovhcloud/ods-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { FlaskConical, Play, Power, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { changePolicy, PolicyReply, showPolicy } from '../../../../src/api/policies/contract.ts';
import { call } from '../../api/call.ts';
import { Crumbs } from '../../ui/crumbs.tsx';
import { notify } from '../../ui/notify.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { When } from '../../ui/when.tsx';
import { PolicyState } from '../policies/policy-columns.tsx';
import { useScheduleWords } from '../policies/schedule-words.ts';
import { PolicyForm } from './policy-form.tsx';
import { inputOf, valuesOf, type PolicyValues } from './policy-values.ts';
import { PolicyWindow, type PolicyWork } from './policy-window.tsx';
import { Runs } from './runs.tsx';

const route = getRouteApi('/policies/$name');

export function PolicyPage() {
  const { t } = useTranslation('policy');
  const { name } = route.useParams();
  const [work, setWork] = useState<PolicyWork>();
  const navigate = useNavigate();
  const shown = useQuery({
    queryKey: ['policy', name],
    queryFn: ({ signal }) => call<typeof showPolicy>('GET', '/api/v1/policies/{name}', { name }, signal),
  });
  const policy = shown.data?.policy;
  const mayManage = policy?.abilities.includes('manage') === true;
  const above = (
    <Crumbs here={name}>
      <li>
        <Link to="/policies">{t('policies')}</Link>
      </li>
    </Crumbs>
  );
  const actions = mayManage && <Actions policy={policy} onWork={(kind) => setWork({ kind, policy })} />;
  return (
    <Page title={name} above={above} actions={actions}>
      {shown.isError && <Failed error={shown.error} onRetry={() => void shown.refetch()} />}
      {shown.isPending && <Loading />}
      {policy !== undefined && (
        <>
          <About policy={policy} />
          <Section title={t('runs.title')}>
            <Runs name={name} />
          </Section>
          {mayManage && <Editor policy={policy} />}
        </>
      )}
      {work !== undefined && (
        <PolicyWindow work={work} onClose={() => setWork(undefined)} onDeleted={() => navigate({ to: '/policies' })} />
      )}
    </Page>
  );
}

interface ActionsProps {
  readonly policy: PolicyReply;
  readonly onWork: (kind: PolicyWork['kind']) => void;
}

function Actions({ policy: { isEnabled }, onWork }: ActionsProps) {
  const { t } = useTranslation('policy');
  return (
    <>
      <Button variant="outline" onClick={() => onWork('try')}>
        <FlaskConical size={16} aria-hidden /> {t('run.tryVerb')}
      </Button>
      <Button color="critical" onClick={() => onWork('run')}>
        <Play size={16} aria-hidden /> {t('run.verb')}
      </Button>
      <Button variant="outline" onClick={() => onWork('switch')}>
        <Power size={16} aria-hidden /> {isEnabled ? t('switch.offVerb') : t('switch.onVerb')}
      </Button>
      <Button variant="outline" color="critical" onClick={() => onWork('delete')}>
        <Trash2 size={16} aria-hidden /> {t('delete.verb')}
      </Button>
    </>
  );
}

function About({ policy }: { readonly policy: PolicyReply }) {
  const { t } = useTranslation('policy');
  const schedule = useScheduleWords();
  const { registry, isEnabled, nextRunAt } = policy;
  return (
    <>
      <p>
        <PolicyState policy={policy} /> {schedule(policy)}
        {isEnabled && nextRunAt !== null && (
          <>
            {' · '}
            {t('nextRun')} <When at={nextRunAt} />
          </>
        )}
      </p>
      {registry !== null && <p role="note">{t('run.forGood', { name: registry.name })}</p>}
    </>
  );
}

function Editor({ policy }: { readonly policy: PolicyReply }) {
  const { t } = useTranslation('policy');
  const queries = useQueryClient();
  const { name } = policy;
  const save = async (values: PolicyValues): Promise<void> => {
    await call<typeof changePolicy>('PUT', '/api/v1/policies/{name}', inputOf(values));
    await queries.invalidateQueries({ queryKey: ['policies'] });
    await queries.invalidateQueries({ queryKey: ['policy', name] });
    notify(t('saved', { name }));
  };
  return (
    <Section title={t('edit')}>
      {/* What somebody else changed meanwhile is shown, and not written over. */}
      <PolicyForm key={policy.updatedAt} initial={valuesOf(policy)} isNew={false} verb={t('save')} onSave={save} />
    </Section>
  );
}
