import { FormField, FormFieldError, FormFieldLabel, Textarea } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { Choice } from '../../ui/choice.tsx';
import type { PartProps } from './policy-form.tsx';
import { KINDS } from './policy-values.ts';
import { useValidation } from './use-preview.ts';
import css from './policy-form.module.css';

/** The document, and what is wrong with it as it is typed. */
export function DocumentField({ values, onChange }: PartProps) {
  const { t } = useTranslation('policy');
  const { data } = useValidation(values);
  const problems = data?.problems ?? [];
  const warnings = data?.warnings ?? [];
  return (
    <>
      <Choice
        label={t('form.kind')}
        items={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        value={values.kind}
        onChange={(kind) => onChange({ kind })}
      />
      <FormField invalid={problems.length > 0}>
        <FormFieldLabel>{t('form.document')}</FormFieldLabel>
        <Textarea
          className={css['document']}
          rows={16}
          value={values.document}
          required
          spellCheck={false}
          onChange={({ target }) => onChange({ document: target.value })}
        />
        {problems.length > 0 && (
          <FormFieldError>
            <Problems problems={problems} />
          </FormFieldError>
        )}
      </FormField>
      {warnings.length > 0 && (
        <div role="status">
          <p>{t('form.odd')}</p>
          <Problems problems={warnings} />
        </div>
      )}
    </>
  );
}

interface ProblemsProps {
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** In the words of the server. */
function Problems({ problems }: ProblemsProps) {
  return (
    <ul className={css['problems']} lang="en">
      {problems.map(({ path, message }) => (
        <li key={`${path} ${message}`}>
          {path !== '' && <code>{path}</code>} {message}
        </li>
      ))}
    </ul>
  );
}
