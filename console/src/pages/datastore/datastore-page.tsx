import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/session.ts';
import { DashboardTabs } from '../../ui/dashboard-tabs.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Backups } from './backups.tsx';
import { Collection } from './collection.tsx';
import { Quotas } from './quotas.tsx';
import { Storage } from './storage.tsx';
import { Verification } from './verification.tsx';

/** The Datastore tab: what is kept, what keeps it small, and whether it is whole. */
export function DatastorePage() {
  const { t } = useTranslation('datastore');
  const may = useMay();
  return (
    <Page title={t('title')} above={<DashboardTabs />}>
      <Storage />
      {may('manage-quotas') && <Quotas />}
      {may('collect-garbage') && (
        <Section title={t('collection.title')}>
          <Collection />
        </Section>
      )}
      {may('verify-content') && (
        <Section title={t('verification.title')}>
          <Verification />
        </Section>
      )}
      {may('make-backups') && (
        <Section title={t('backups.title')}>
          <Backups />
        </Section>
      )}
    </Page>
  );
}
