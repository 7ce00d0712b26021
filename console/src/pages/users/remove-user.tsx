import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { removeUser } from '../../../../src/api/users/contract.ts';
import { call } from '../../api/call.ts';
import { grantsQuery, tokensQuery, type User } from '../../app/accounts.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notify } from '../../ui/notify.tsx';
import { Failed, Loading } from '../../ui/states.tsx';

interface RemoveUserProps {
  readonly user: User;
  readonly onClose: () => void;
}

/** Says what goes with somebody. Where machines log in in their name, the name has to be typed. */
export function RemoveUser({ user: { name }, onClose }: RemoveUserProps) {
  const { t } = useTranslation('users');
  const queries = useQueryClient();
  const tokens = useQuery(tokensQuery);
  const grants = useQuery(grantsQuery);
  const ended = tokens.data?.filter(({ user, state }) => user === name && state === 'active') ?? [];
  const given = grants.data?.filter(({ to }) => to.kind === 'user' && to.name === name) ?? [];
  const remove = async (): Promise<void> => {
    await call<typeof removeUser>('DELETE', '/api/v1/users/{name}', { name });
    await Promise.all(['users', 'tokens', 'grants'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
    notify(t('remove.done', { name }));
  };
  const error = tokens.error ?? grants.error;
  const isKnown = tokens.data !== undefined && grants.data !== undefined;
  return (
    <ConfirmDialog
      title={t('remove.title', { name })}
      verb={t('action.remove')}
      typed={ended.length > 0 ? name : undefined}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>{t('remove.consequence')}</p>
      {error !== null && <Failed error={error} />}
      {error === null && !isKnown && <Loading lines={2} />}
      {isKnown && (
        <ul>
          <li>
            {t('remove.tokens', { count: ended.length })}
            {ended.length > 0 && <> {ended.map((token) => token.name).join(', ')}</>}
          </li>
          <li>{t('remove.grants', { count: given.length })}</li>
          <li>{t('remove.sessions')}</li>
        </ul>
      )}
    </ConfirmDialog>
  );
}
