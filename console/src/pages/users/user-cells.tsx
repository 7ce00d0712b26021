import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { KeyRound, ListChecks, LogOut, Trash2 } from 'lucide-react';
import type { User } from '../../app/accounts.ts';
import { useSession } from '../../app/session.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { RowMenu, type RowAction } from '../../ui/row-menu.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { When } from '../../ui/when.tsx';

export type UserAction = 'show' | 'password' | 'sessions' | 'remove';
type OnAction = (action: UserAction, user: User) => void;

export function useUserColumns(onAction: OnAction): readonly Column<User>[] {
  const { t } = useTranslation('users');
  return useMemo(
    () => [
      { id: 'name', title: t('column.name'), cell: ({ name }) => <code>{name}</code> },
      { id: 'role', title: t('column.role'), cell: (user) => <Role user={user} /> },
      { id: 'origin', title: t('column.origin'), cell: ({ origin }) => t(`origin.${origin}`) },
      {
        id: 'created',
        title: t('column.created'),
        cell: ({ createdAt }) => (createdAt === null ? t('unknown') : <When at={createdAt} />),
      },
      {
        id: 'actions',
        title: <span className="sr-only">{t('column.actions')}</span>,
        align: 'end',
        cell: (user) => <Actions user={user} onAction={(action) => onAction(action, user)} />,
      },
    ],
    [t, onAction],
  );
}

function Role({ user: { isAdministrator } }: { readonly user: User }) {
  const { t } = useTranslation('users');
  if (isAdministrator) return <StateBadge mood="notice">{t('role.administrator')}</StateBadge>;
  return <StateBadge mood="neutral">{t('role.user')}</StateBadge>;
}

interface ActionsProps {
  readonly user: User;
  readonly onAction: (action: UserAction) => void;
}

/** The configuration and the htpasswd file say who is in them, and with which password: that is not changed here. */
function Actions({ user: { name, origin }, onAction }: ActionsProps) {
  const { t } = useTranslation('users');
  const { account } = useSession();
  const isOurs = origin === 'added';
  const isSelf = account?.name === name;
  const actions: RowAction[] = [
    { id: 'show', text: t('action.show'), icon: ListChecks, onSelect: () => onAction('show') },
    { id: 'sessions', text: t('action.sessions'), icon: LogOut, onSelect: () => onAction('sessions') },
  ];
  if (isOurs) {
    actions.push({ id: 'password', text: t('action.password'), icon: KeyRound, onSelect: () => onAction('password') });
  }
  if (isOurs && !isSelf) {
    const remove = () => onAction('remove');
    actions.push({ id: 'remove', text: t('action.remove'), icon: Trash2, onSelect: remove, isDangerous: true });
  }
  return <RowMenu label={t('actionsOf', { name })} actions={actions} />;
}
