import { Message, MessageBody, MessageIcon } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { Facts, type Fact } from '../../../ui/facts.tsx';
import { When } from '../../../ui/when.tsx';
import { useFormat } from '../../../words/format.ts';
import { Diagnosis } from '../dialogs/test-report.tsx';
import { useCredentialWords } from '../form/use-credential-words.ts';
import type { Registry } from '../registries.ts';
import { RegistryState } from '../registry-state.tsx';
import css from './remote.module.css';

/** How a connection is, and what it is: never its secret. */
export function RegistryFacts({ registry }: { readonly registry: Registry }) {
  const { problem } = registry.health;
  const { t } = useTranslation('registry');
  const place = usePlace(registry);
  const life = useLife(registry);
  return (
    <>
      {problem !== null && (
        <Message color="critical" dismissible={false}>
          <MessageIcon name="circle-xmark" />
          <MessageBody>
            <Diagnosis diagnosis={problem.diagnosis} message={problem.message} />
          </MessageBody>
        </Message>
      )}
      <div className={css['columns']}>
        <Facts facts={[{ name: t('fact.state'), value: <RegistryState registry={registry} /> }, ...life]} />
        <Facts facts={place} />
      </div>
    </>
  );
}

/** Of the credential: how old it is, when it ends, who replaces it. */
function useLife({ credential, health, hasSecret, logsIn }: Registry): readonly Fact[] {
  const { t } = useTranslation('registry');
  const format = useFormat();
  const checked = (at: string | null) => (at === null ? t('fact.never') : <When at={at} />);
  const checks = [
    { name: t('fact.checkedAt'), value: checked(health.checkedAt) },
    { name: t('fact.succeededAt'), value: checked(health.succeededAt) },
  ];
  if (!hasSecret)
    return [{ name: t('fact.secret'), value: logsIn ? t('fact.ambient') : t('fact.anonymous') }, ...checks];
  const age = t('fact.days', { count: credential.ageDays });
  const { expiresAt, rotateAfterDays } = credential;
  return [
    {
      name: t('fact.age'),
      value: credential.isRotationDue ? t('fact.ageAndDue', { age }) : age,
    },
    {
      name: t('fact.expires'),
      value:
        expiresAt === null
          ? t('fact.unknown')
          : t('fact.dateAndAgo', { date: format.date(expiresAt), ago: format.ago(expiresAt) }),
    },
    {
      name: t('fact.rotation'),
      value: credential.isAutomatic
        ? t('fact.automatic')
        : rotateAfterDays === 0
          ? t('fact.byHand')
          : t('fact.afterDays', { count: rotateAfterDays }),
    },
    ...(credential.rotation === 'none'
      ? []
      : [{ name: t('fact.rotating'), value: t(`rotate.step.${credential.rotation}`) }]),
    ...checks,
  ];
}

function usePlace(registry: Registry): readonly Fact[] {
  const { t } = useTranslation('registry');
  const { t: form } = useTranslation('registry-form');
  const format = useFormat();
  const words = useCredentialWords();
  const { id, kind, url, isPlainHttp, project, region, username, addedBy, createdAt } = registry;
  return [
    { name: t('fact.id'), value: <code>{id}</code> },
    { name: t('fact.kind'), value: form(`kind.${kind}`) },
    { name: t('fact.url'), value: isPlainHttp ? `http://${url}` : url },
    { name: t('fact.login'), value: words.form(registry.form) },
    ...(username === '' ? [] : [{ name: t('fact.username'), value: username }]),
    { name: t('fact.project'), value: project },
    ...(region === null ? [] : [{ name: t('fact.region'), value: region }]),
    { name: t('fact.addedBy'), value: addedBy },
    { name: t('fact.createdAt'), value: format.date(createdAt) },
  ];
}
