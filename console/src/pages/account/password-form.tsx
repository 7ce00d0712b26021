import { Button, Text } from '@ovhcloud/ods-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { changeOwnPassword } from '../../../../src/api/session/contract.ts';
import { call } from '../../api/call.ts';
import { ApiProblem } from '../../api/problem.ts';
import { useSession } from '../../app/session.ts';
import { Field } from '../../ui/field.tsx';
import { notify } from '../../ui/notify.tsx';
import { isTooShort } from '../../ui/password-rules.ts';
import { Failed } from '../../ui/states.tsx';
import form from '../../ui/form.module.css';
import css from './account-page.module.css';

export function PasswordForm() {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const { account } = useSession();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const change = useMutation({
    mutationFn: () => call<typeof changeOwnPassword>('PUT', '/api/v1/account/password', { current, password }),
    onSuccess: async () => {
      setCurrent('');
      setPassword('');
      notify(t('password.done'));
      await queries.invalidateQueries({ queryKey: ['sessions'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const { error } = change;
  const refusal = refusalOf(error, password);
  return (
    <form className={`${form['form']} ${css['password']}`} onSubmit={submit}>
      <Text>{t('password.lead')}</Text>
      {/* So that whatever keeps passwords knows whose it is. */}
      <input type="text" name="username" autoComplete="username" value={account?.name ?? ''} readOnly hidden />
      <Field
        label={t('password.current')}
        problem={refusal === 'wrong' ? t('password.wrong') : undefined}
        isSecret
        required
        value={current}
        autoComplete="current-password"
        onChange={({ target }) => setCurrent(target.value)}
      />
      <Field
        label={t('password.new')}
        help={t('password.help')}
        problem={newPasswordProblem(refusal, { short: t('password.short'), error })}
        isSecret
        required
        value={password}
        autoComplete="new-password"
        onChange={({ target }) => setPassword(target.value)}
      />
      {error !== null && refusal === undefined && <Failed error={error} />}
      <div>
        <Button type="submit" loading={change.isPending}>
          {t('password.action')}
        </Button>
      </div>
    </form>
  );
}

type Refusal = 'wrong' | 'short' | 'unfit';

/** Which field the server's refusal is about, and what of it. */
function refusalOf(error: Error | null, password: string): Refusal | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  if (error.code === 'PASSWORD_WRONG') return 'wrong';
  if (error.code !== 'ACCOUNT_INVALID') return undefined;
  return isTooShort(password) ? 'short' : 'unfit';
}

interface Said {
  readonly short: string;
  readonly error: Error | null;
}

function newPasswordProblem(refusal: Refusal | undefined, { short, error }: Said): string | undefined {
  if (refusal === 'short') return short;
  return refusal === 'unfit' ? error?.message : undefined;
}
