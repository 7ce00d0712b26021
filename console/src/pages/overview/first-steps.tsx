import { Text } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import css from './first-steps.module.css';

/** Login, tag, push: with the names to be used here. */
export function FirstSteps() {
  const { t } = useTranslation('overview');
  const { account, instance } = useSession();
  const { registry } = instance;
  const steps = [
    { title: t('steps.login'), command: `docker login ${registry} -u ${account?.name ?? ''}` },
    { title: t('steps.tag'), command: `docker tag alpine:latest ${registry}/team/alpine:latest` },
    { title: t('steps.push'), command: `docker push ${registry}/team/alpine:latest` },
  ];
  return (
    <section className={css['steps']} aria-labelledby="first-steps">
      <Text preset="heading-3" as="h2" id="first-steps">
        {t('steps.title')}
      </Text>
      <p>{t('steps.lead')}</p>
      <ol>
        {steps.map(({ title, command }) => (
          <li key={command}>
            <p>{title}</p>
            <CommandLine command={command} />
          </li>
        ))}
      </ol>
      <p role="status">{t('steps.waiting')}</p>
    </section>
  );
}
