import { Text } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { Empty } from '../../ui/states.tsx';
import css from './first-steps.module.css';
import { placeToPush } from './place-to-push.ts';

/** Login, tag, push: with the names to be used here, for those who may push. */
export function FirstSteps() {
  const { t } = useTranslation('overview');
  const { account, instance } = useSession();
  const place = account === null ? undefined : placeToPush(account);
  if (place === undefined) {
    return (
      <Empty title={t('nothing')}>
        <p>{t('nothingLead')}</p>
      </Empty>
    );
  }
  const image = `${instance.registry}/${place}:latest`;
  const steps = [
    { title: t('steps.login'), command: `docker login ${instance.registry} -u ${account?.name ?? ''}` },
    { title: t('steps.tag'), command: `docker tag alpine:latest ${image}` },
    { title: t('steps.push'), command: `docker push ${image}` },
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
