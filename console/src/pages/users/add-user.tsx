import { Button } from '@ovhcloud/ods-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { addUser } from '../../../../src/api/users/contract.ts';
import { call } from '../../api/call.ts';
import { ApiProblem } from '../../api/problem.ts';
import { isAccountName } from '../../app/accounts.ts';
import { OneOf } from '../../ui/options.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { notify } from '../../ui/notify.tsx';
import { Failed } from '../../ui/states.tsx';
import form from '../../ui/form.module.css';
import { NewPassword } from './new-password.tsx';
import { isPasswordRefused, PasswordFields, type ChosenPassword } from './password-fields.tsx';

export function AddUser({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation(['users', 'common']);
  const id = useId();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState<ChosenPassword>();
  const [isAdministrator, setIsAdministrator] = useState(false);
  const addition = useMutation({
    mutationFn: () =>
      call<typeof addUser>('POST', '/api/v1/users', {
        name,
        isAdministrator,
        ...(password !== undefined && { password }),
      }),
    onSuccess: ({ generatedPassword }) => {
      // The password is shown at once, whenever the list comes.
      void queries.invalidateQueries({ queryKey: ['users'] });
      if (generatedPassword !== undefined) return;
      notify(t('add.done', { name }));
      onClose();
    },
    gcTime: 0,
  });
  const made = addition.data?.generatedPassword;
  if (made !== undefined) return <NewPassword name={name} password={made} onClose={onClose} />;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    addition.mutate();
  };
  const { error } = addition;
  const wrongName = nameProblem(error, name);
  const isShort = wrongName === undefined && isPasswordRefused(error, password);
  return (
    <Dialog
      title={t('add.title')}
      onClose={onClose}
      isKept={addition.isPending}
      actions={
        <>
          <Button variant="ghost" disabled={addition.isPending} onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" form={id} loading={addition.isPending}>
            {t('add.action')}
          </Button>
        </>
      }
    >
      <form id={id} className={form['form']} onSubmit={submit}>
        <Field
          label={t('add.name')}
          problem={wrongName === undefined ? undefined : t(wrongName)}
          value={name}
          required
          maxLength={128}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => setName(target.value)}
        />
        <PasswordFields
          password={password}
          onChange={setPassword}
          problem={isShort ? t('password.short') : undefined}
        />
        <OneOf
          label={t('column.role')}
          options={[
            { value: 'user', text: t('add.user') },
            { value: 'administrator', text: t('add.administrator') },
          ]}
          value={isAdministrator ? 'administrator' : 'user'}
          onChange={(role) => setIsAdministrator(role === 'administrator')}
        />
        {error !== null && wrongName === undefined && !isShort && <Failed error={error} />}
      </form>
    </Dialog>
  );
}

function nameProblem(error: Error | null, name: string): 'add.nameTaken' | 'add.nameInvalid' | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  if (error.code === 'ACCOUNT_TAKEN') return 'add.nameTaken';
  return error.code === 'ACCOUNT_INVALID' && !isAccountName(name) ? 'add.nameInvalid' : undefined;
}
