import { Button, FormField, FormFieldLabel, Input, Password, Text } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { createSession } from '../../../../src/api/session/contract.ts';
import { call } from '../../api/call.ts';
import { forgetAllButSession, queries, SESSION } from '../../app/queries.ts';
import { ApiProblem } from '../../api/problem.ts';
import { textIn } from '../../ui/said.ts';
import { Failed } from '../../ui/states.tsx';
import { chooseLanguage, useLanguage } from '../../words/languages.ts';
import css from './login-page.module.css';

export function LoginPage() {
  const { t } = useTranslation('login');
  const language = useLanguage();
  const login = useMutation({
    mutationFn: (said: { readonly username: string; readonly password: string }) =>
      call<typeof createSession>('POST', '/api/v1/session', said),
    onSuccess: () => {
      forgetAllButSession();
      return queries.invalidateQueries({ queryKey: SESSION });
    },
    gcTime: 0, // it holds the password
  });
  useEffect(() => {
    document.title = `${t('title')} · Havre`;
  }, [t]);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    login.mutate({ username: textIn(said, 'username'), password: textIn(said, 'password') });
  };
  const other = language === 'fr' ? 'en' : 'fr';
  return (
    <main className={css['page']}>
      <form className={css['form']} onSubmit={submit} aria-labelledby="login-title">
        <img src="/favicon.svg" width="48" height="48" alt="" />
        <Text preset="heading-3" as="h1" id="login-title">
          {t('title')}
        </Text>
        <p>{t('lead')}</p>
        <FormField>
          <FormFieldLabel>{t('username')}</FormFieldLabel>
          <Input name="username" autoComplete="username" autoFocus required maxLength={255} />
        </FormField>
        <FormField>
          <FormFieldLabel>{t('password')}</FormFieldLabel>
          <Password name="password" autoComplete="current-password" required locale={language} />
        </FormField>
        <Problem error={login.error} />
        <Button type="submit" loading={login.isPending}>
          {t('submit')}
        </Button>
        <Button type="button" variant="ghost" size="sm" onClick={() => void chooseLanguage(other)}>
          <span lang={other}>{t('otherLanguage')}</span>
        </Button>
      </form>
    </main>
  );
}

/** A wrong password is said in the language of the page; the rest, as the server does. */
function Problem({ error }: { readonly error: Error | null }) {
  const { t } = useTranslation('login');
  if (error === null) return null;
  if (!(error instanceof ApiProblem) || (error.status !== 401 && error.status !== 429)) return <Failed error={error} />;
  const { status, retryAfterSeconds: seconds = 0 } = error;
  const text = status === 401 ? t('refused') : t('throttled', { count: Math.ceil(seconds) });
  return <Failed error={new ApiProblem({ status, code: error.code, detail: text })} />;
}
