import { Button, Menu, MenuContent, MenuItem, MenuTrigger } from '@ovhcloud/ods-react';
import { useNavigate } from '@tanstack/react-router';
import { CircleUser, Languages, LogOut, UserCog } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { endSession } from '../../../../src/api/session/contract.ts';
import { call } from '../../api/call.ts';
import { notifyFailure } from '../../ui/notify.tsx';
import { chooseLanguage, useLanguage } from '../../words/languages.ts';
import { useSession } from '../session.ts';
import css from './account-menu.module.css';

export function AccountMenu() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { account } = useSession();
  const navigate = useNavigate();
  const other = language === 'fr' ? 'en' : 'fr';
  const leave = async (): Promise<void> => {
    try {
      await call<typeof endSession>('DELETE', '/api/v1/session', {});
      // Nothing that was shown to one is left for the next.
      window.location.assign('/');
    } catch (error) {
      notifyFailure(error);
    }
  };
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" color="neutral" aria-label={t('account.menu', { name: account?.name })}>
          <CircleUser size={18} aria-hidden />
          <span className={css['name']}>{account?.name}</span>
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuItem value="own" onSelect={() => void navigate({ to: '/account' })}>
          <UserCog size={16} aria-hidden /> {t('account.own')}
        </MenuItem>
        <MenuItem value="language" onSelect={() => void chooseLanguage(other)}>
          <Languages size={16} aria-hidden /> <span lang={other}>{t('account.otherLanguage')}</span>
        </MenuItem>
        <MenuItem value="leave" onSelect={() => void leave()}>
          <LogOut size={16} aria-hidden /> {t('account.leave')}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
