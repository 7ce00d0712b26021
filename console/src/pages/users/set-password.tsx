import { Button } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { setPassword } from '../../../../src/api/users/contract.ts';
import { call } from '../../api/call.ts';
import type { User } from '../../app/accounts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { notify } from '../../ui/notify.tsx';
import { Failed } from '../../ui/states.tsx';
import form from '../../ui/form.module.css';
import { NewPassword } from './new-password.tsx';
import { isPasswordRefused, PasswordFields, type ChosenPassword } from './password-fields.tsx';

interface SetPasswordProps {
  readonly user: User;
  readonly onClose: () => void;
}

export function SetPassword({ user: { name }, onClose }: SetPasswordProps) {
  const { t } = useTranslation(['users', 'common']);
  const id = useId();
  const [password, choose] = useState<ChosenPassword>();
  const change = useMutation({
    mutationFn: () =>
      call<typeof setPassword>('PUT', '/api/v1/users/{name}/password', {
        name,
        ...(password !== undefined && { password }),
      }),
    onSuccess: ({ generatedPassword }) => {
      if (generatedPassword !== undefined) return;
      notify(t('password.done', { name }));
      onClose();
    },
    gcTime: 0,
  });
  const made = change.data?.generatedPassword;
  if (made !== undefined) return <NewPassword name={name} password={made} onClose={onClose} />;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const isShort = isPasswordRefused(change.error, password);
  return (
    <Dialog
      title={t('password.title', { name })}
      onClose={onClose}
      isKept={change.isPending}
      actions={
        <>
          <Button variant="ghost" disabled={change.isPending} onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" form={id} loading={change.isPending}>
            {t('password.action')}
          </Button>
        </>
      }
    >
      <p>{t('password.consequence')}</p>
      <form id={id} className={form['form']} onSubmit={submit}>
        <PasswordFields password={password} onChange={choose} problem={isShort ? t('password.short') : undefined} />
        {change.error !== null && !isShort && <Failed error={change.error} />}
      </form>
    </Dialog>
  );
}
