import { Text } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { Page, Section } from '../../ui/page.tsx';
import { RulesInWords } from '../../ui/rights/rules-in-words.tsx';
import { OwnSessions } from './own-sessions.tsx';
import { PasswordForm } from './password-form.tsx';
import css from './account-page.module.css';

/** Who I am here, what I may do, my password and my sessions. */
export function AccountPage() {
  const { t } = useTranslation(['account', 'rights']);
  const { account, instance } = useSession();
  if (account === null) return null;
  const { name, kind, isAdministrator, canChangePassword, grants } = account;
  return (
    <Page title={t('title')}>
      <dl className={css['facts']}>
        <div>
          <dt>{t('name')}</dt>
          <dd>{name}</dd>
        </div>
        <div>
          <dt>{t('kind')}</dt>
          <dd>{isAdministrator ? t('administrator') : t(`kinds.${kind}`)}</dd>
        </div>
        <div>
          <dt>{t('registry')}</dt>
          <dd>{instance.registry}</dd>
        </div>
      </dl>
      <Section title={t('rights')}>
        {isAdministrator && <Text>{t('rights:everything')}</Text>}
        {!isAdministrator && grants.length === 0 && <Text>{t('rights:nothing')}</Text>}
        {!isAdministrator && grants.length > 0 && <RulesInWords rules={grants} />}
      </Section>
      <Section title={t('password.title')}>
        {canChangePassword ? <PasswordForm /> : <Text>{t(`password.fixed.${kind}`)}</Text>}
      </Section>
      <OwnSessions />
    </Page>
  );
}
