import { Button, Text } from '@ovhcloud/ods-react';
import { getRouteApi } from '@tanstack/react-router';
import { ShieldPlus, UserPlus } from 'lucide-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/session.ts';
import { DashboardTabs } from '../../ui/dashboard-tabs.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Forbidden } from '../../ui/states.tsx';
import { AddGrant } from './add-grant.tsx';
import { AddUser } from './add-user.tsx';
import { GrantList } from './grant-list.tsx';
import { RightsOf } from './rights-of.tsx';
import { UserList } from './user-list.tsx';

const route = getRouteApi('/users');

/** Who logs in here, and who may do what. */
export function UsersPage() {
  // All words at once: a page that waits for more is taken away meanwhile, and the focus with it.
  const { t } = useTranslation(['users', 'rights']);
  const may = useMay();
  if (!may('manage-users') || !may('manage-grants')) {
    return (
      <Page title={t('title')} above={<DashboardTabs />}>
        <Forbidden>{t('forbidden')}</Forbidden>
      </Page>
    );
  }
  return <People />;
}

function People() {
  const { t } = useTranslation('users');
  const { q, add, person } = route.useSearch();
  const navigate = route.useNavigate();
  const open = (what: typeof add): void => void navigate({ search: (now) => ({ ...now, add: what }), replace: true });
  const filter = useCallback(
    (text: string) => void navigate({ search: (now) => ({ ...now, q: text }), replace: true }),
    [navigate],
  );
  const show = useCallback(
    (name: string) => void navigate({ search: (now) => ({ ...now, person: name }), replace: true }),
    [navigate],
  );
  return (
    <Page
      title={t('title')}
      above={<DashboardTabs />}
      actions={
        <Button onClick={() => open('user')}>
          <UserPlus size={16} aria-hidden /> {t('add.action')}
        </Button>
      }
    >
      <FilterInput label={t('filter')} value={q} onChange={filter} />
      <UserList onShow={show} />
      <Section
        title={t('grants.title')}
        actions={
          <Button variant="outline" onClick={() => open('grant')}>
            <ShieldPlus size={16} aria-hidden /> {t('grant.action')}
          </Button>
        }
      >
        <Text>{t('grants.lead')}</Text>
        <GrantList />
      </Section>
      {add === 'user' && <AddUser onClose={() => open('')} />}
      {add === 'grant' && <AddGrant onClose={() => open('')} />}
      {person !== '' && <RightsOf name={person} onClose={() => show('')} />}
    </Page>
  );
}
