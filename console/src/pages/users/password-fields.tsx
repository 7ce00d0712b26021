import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../api/problem.ts';
import { OneOf } from '../../ui/options.tsx';
import { Field } from '../../ui/field.tsx';
import { isTooShort } from '../../ui/password-rules.ts';

/** `undefined`: the registry makes one. */
export type ChosenPassword = string | undefined;

interface PasswordFieldsProps {
  readonly password: ChosenPassword;
  readonly onChange: (password: ChosenPassword) => void;
  readonly problem: string | undefined;
}

/** A password that the registry makes, or one that is typed. */
export function PasswordFields({ password, onChange, problem }: PasswordFieldsProps) {
  const { t } = useTranslation('users');
  return (
    <>
      <OneOf
        label={t('password.label')}
        options={[
          { value: 'made', text: t('password.made') },
          { value: 'typed', text: t('password.typed') },
        ]}
        value={password === undefined ? 'made' : 'typed'}
        onChange={(kind) => onChange(kind === 'made' ? undefined : '')}
      />
      {password !== undefined && (
        <Field
          label={t('password.field')}
          help={t('password.help')}
          problem={problem}
          isSecret
          required
          value={password}
          autoComplete="new-password"
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </>
  );
}

/** Whether it is the password that the server refused. */
export function isPasswordRefused(error: Error | null, password: ChosenPassword): boolean {
  return error instanceof ApiProblem && error.code === 'ACCOUNT_INVALID' && isTooShort(password ?? '');
}
