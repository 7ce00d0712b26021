import { Text } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { DashboardTabs } from '../../ui/dashboard-tabs.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import css from './git-page.module.css';

/** Where a build is taught to log in and push, until there are recipes for each service that runs builds. */
export function GitPage() {
  const { t } = useTranslation('git');
  const { registry } = useSession().instance;
  const steps = [
    { title: t('token'), command: "havre token create ci --scope 'team/**:pull,push' --expires 90d" },
    { title: t('login'), command: `printf '%s' "$HAVRE_TOKEN" | docker login ${registry} -u ci --password-stdin` },
    { title: t('build'), command: `docker build -t ${registry}/team/app:"$(git rev-parse --short HEAD)" .` },
    { title: t('push'), command: `docker push ${registry}/team/app:"$(git rev-parse --short HEAD)"` },
  ];
  return (
    <Page title={t('title')} above={<DashboardTabs />}>
      <Empty title={t('later')}>
        <p>{t('laterLead')}</p>
      </Empty>
      <Section title={t('byHand')}>
        <ol className={css['steps']}>
          {steps.map(({ title, command }) => (
            <li key={command}>
              <p>{title}</p>
              <CommandLine command={command} />
            </li>
          ))}
        </ol>
        <Text>{t('docs')}</Text>
      </Section>
    </Page>
  );
}
