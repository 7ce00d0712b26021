import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { endSessionsOfUser } from '../../../../src/api/session/contract.ts';
import { call } from '../../api/call.ts';
import { usersQuery, type User } from '../../app/accounts.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Datagrid } from '../../ui/datagrid.tsx';
import { notify } from '../../ui/notify.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { RemoveUser } from './remove-user.tsx';
import { SetPassword } from './set-password.tsx';
import { useUserColumns, type UserAction } from './user-cells.tsx';

const route = getRouteApi('/users');

interface UserListProps {
  /** Shows what somebody may do. */
  readonly onShow: (name: string) => void;
}

export function UserList({ onShow }: UserListProps) {
  const { t } = useTranslation('users');
  const { q } = route.useSearch();
  const list = useQuery(usersQuery);
  const [asked, setAsked] = useState<{ readonly action: UserAction; readonly user: User }>();
  const act = useCallback(
    (action: UserAction, user: User) => (action === 'show' ? onShow(user.name) : setAsked({ action, user })),
    [onShow],
  );
  const columns = useUserColumns(act);
  const rows = useMemo(() => {
    const wanted = q.trim().toLowerCase();
    return list.data?.filter(({ name }) => name.toLowerCase().includes(wanted));
  }, [list.data, q]);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const close = (): void => setAsked(undefined);
  return (
    <>
      <Datagrid
        label={t('title')}
        columns={columns}
        rows={rows}
        idOf={({ name, origin }) => `${name} ${origin}`}
        empty={list.data?.length === 0 ? <NoUser /> : <Empty title={t('noneFound')} />}
      />
      {asked?.action === 'password' && <SetPassword user={asked.user} onClose={close} />}
      {asked?.action === 'sessions' && <EndSessions user={asked.user} onClose={close} />}
      {asked?.action === 'remove' && <RemoveUser user={asked.user} onClose={close} />}
    </>
  );
}

function NoUser() {
  const { t } = useTranslation('users');
  return (
    <Empty title={t('empty')}>
      <p>{t('emptyLead')}</p>
    </Empty>
  );
}

interface EndSessionsProps {
  readonly user: User;
  readonly onClose: () => void;
}

function EndSessions({ user: { name }, onClose }: EndSessionsProps) {
  const { t } = useTranslation('users');
  const queries = useQueryClient();
  const end = async (): Promise<void> => {
    const { ended } = await call<typeof endSessionsOfUser>('DELETE', '/api/v1/users/{name}/sessions', { name });
    await queries.invalidateQueries({ queryKey: ['session'] });
    notify(t('sessions.done', { count: ended }));
  };
  return (
    <ConfirmDialog title={t('sessions.title', { name })} verb={t('sessions.verb')} onConfirm={end} onClose={onClose}>
      <p>{t('sessions.consequence')}</p>
    </ConfirmDialog>
  );
}
