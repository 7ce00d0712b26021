import { useTranslation } from 'react-i18next';
import type { Grant } from '../../app/accounts.ts';

export type Grantee = Grant['to'];

/** To whom something is granted, as people say it. */
export function useGranteeWords(): (to: Grantee) => string {
  const { t } = useTranslation('users');
  return (to) => {
    switch (to.kind) {
      case 'everybody':
        return t('to.everybody');
      case 'signed-in':
        return t('to.signed-in');
      case 'token':
        return t('to.token', { name: to.name });
      case 'htpasswd':
        return t('to.htpasswd', { name: to.name });
      case 'user':
        return to.name;
    }
  };
}

/** Whether a grant holds for somebody who logs in with a password. */
export function isFor(to: Grantee, name: string): boolean {
  if (to.kind === 'everybody' || to.kind === 'signed-in') return true;
  return to.kind !== 'token' && to.name === name;
}
