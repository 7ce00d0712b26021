import { Text } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { DashboardTabs } from '../../ui/dashboard-tabs.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { PrivateRegistries } from './private-registries.tsx';
import { RegistryButtons } from './registry-buttons.tsx';
import { SharedRegistries } from './shared-registries.tsx';

/** The Docker tab: registries of one's own, and those that a cloud shares among its customers. */
export function DockerPage() {
  const { t } = useTranslation('docker');
  return (
    <Page title={t('title')} above={<DashboardTabs />}>
      <Section title={t('private.title')}>
        <Text>{t('private.storing')}</Text>
        <Text>{t('private.managing')}</Text>
        <Text>{t('private.managed')}</Text>
        <RegistryButtons />
        <PrivateRegistries />
      </Section>
      <Section title={t('shared.title')}>
        <SharedRegistries />
      </Section>
    </Page>
  );
}
