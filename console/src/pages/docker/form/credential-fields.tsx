import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Choice } from '../../../ui/choice.tsx';
import form from '../../../ui/form.module.css';
import type { RegistryKind } from '../registries.ts';
import { TextField, useProblem } from './form-fields.tsx';
import type { RegistryValues } from './registry-values.ts';
import { useCredentialWords } from './use-credential-words.ts';
import css from './registry-form.module.css';

interface CredentialFieldsProps {
  readonly kinds: readonly RegistryKind[];
  /** Nothing has to be said of a secret that stays. */
  readonly hasSecret: boolean;
}

/** How one logs in there: each kind has ways of its own, and each way its fields. */
export function CredentialFields({ kinds, hasSecret }: CredentialFieldsProps) {
  const { t } = useTranslation('registry-form');
  const { watch, setValue } = useFormContext<RegistryValues>();
  const words = useCredentialWords();
  const [kind, chosen] = watch(['kind', 'form']);
  const problem = useProblem('form');
  const forms = kinds.find((one) => one.kind === kind)?.forms ?? [];
  const shown = forms.find(({ name }) => name === chosen) ?? forms[0];
  if (shown === undefined) return null;
  return (
    <fieldset>
      <legend>{t('credential.title')}</legend>
      {forms.length > 1 && (
        <Choice
          label={t('credential.form')}
          items={forms.map(({ name }) => ({ value: name, label: words.form(name) }))}
          value={shown.name}
          onChange={(name) => setValue('form', name, { shouldDirty: true })}
          problem={problem}
        />
      )}
      <div className={css['help']}>
        <p>
          <strong>{t('credential.where')}</strong> {words.where(kind, shown)}
        </p>
        <p>
          <strong>{t('credential.leastRights')}</strong> {words.leastRights(kind, shown)}
        </p>
        {shown.link !== null && (
          <p>
            <a href={shown.link} target="_blank" rel="noreferrer">
              {t('credential.link')}
            </a>
          </p>
        )}
      </div>
      <div className={form['pair']}>
        {shown.username === null ? (
          <TextField label={t('credential.username')} name="username" />
        ) : (
          shown.hasSecret && <p>{t('credential.usernameIs', { username: shown.username })}</p>
        )}
        {shown.hasSecret && (
          <TextField
            label={words.secret(shown.name)}
            help={hasSecret ? t('credential.secretStays') : t('credential.secretHelp')}
            name="secret"
            isSecret
            autoComplete="new-password"
          />
        )}
      </div>
      {shown.fields.map((field) => {
        const label = words.field(kind, field.name);
        return (
          <TextField
            key={field.name}
            label={field.isRequired ? label : t('credential.optional', { field: label })}
            help={words.fieldHelp(kind, field)}
            name={`fields.${field.name}`}
          />
        );
      })}
    </fieldset>
  );
}
