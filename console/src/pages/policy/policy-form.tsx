import { Button, FormField, FormFieldHelper, FormFieldLabel, Textarea } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Field, problemWith } from '../../ui/field.tsx';
import { Section } from '../../ui/page.tsx';
import { Failed } from '../../ui/states.tsx';
import { Tick } from '../../ui/tick.tsx';
import form from '../../ui/form.module.css';
import { DocumentField } from './document-field.tsx';
import { PlaceField } from './place-field.tsx';
import { PolicyPreview } from './policy-preview.tsx';
import type { PolicyValues } from './policy-values.ts';
import { PresetChoice } from './preset-choice.tsx';
import { ScheduleFields } from './schedule-fields.tsx';
import css from './policy-form.module.css';

interface PolicyFormProps {
  readonly initial: PolicyValues;
  readonly isNew: boolean;
  readonly verb: string;
  readonly onSave: (values: PolicyValues) => Promise<unknown>;
}

/** A policy, as it is written, with what it would do beside it. */
export function PolicyForm({ initial, isNew, verb, onSave }: PolicyFormProps) {
  const { t } = useTranslation('policy');
  const [values, setValues] = useState(initial);
  const change = (part: Partial<PolicyValues>) => setValues((now) => ({ ...now, ...part }));
  const save = useMutation({ mutationFn: () => onSave(values) });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <div className={css['both']}>
      <form className={form['form']} onSubmit={submit} aria-label={t('form.label')}>
        {isNew && (
          <>
            <PresetChoice onChoose={change} />
            <Field
              label={t('form.name')}
              help={t('form.nameHelp')}
              value={values.name}
              required
              maxLength={64}
              autoComplete="off"
              problem={problemWith(save.error, 'name')}
              onChange={({ target }) => change({ name: target.value })}
            />
          </>
        )}
        <PlaceField value={values.registry} onChange={(registry) => change({ registry })} />
        <FormField>
          <FormFieldLabel>{t('form.patterns')}</FormFieldLabel>
          <Textarea
            className={css['document']}
            rows={2}
            value={values.patterns}
            required
            spellCheck={false}
            onChange={({ target }) => change({ patterns: target.value })}
          />
          <FormFieldHelper>{t('form.patternsHelp')}</FormFieldHelper>
        </FormField>
        <DocumentField values={values} onChange={change} />
        <ScheduleFields values={values} onChange={change} />
        <Checks values={values} onChange={change} />
        {save.error !== null && <Failed error={save.error} />}
        <div>
          <Button type="submit" loading={save.isPending}>
            {verb}
          </Button>
        </div>
      </form>
      <Section title={t('preview.title')}>
        <PolicyPreview values={values} />
      </Section>
    </div>
  );
}

export interface PartProps {
  readonly values: PolicyValues;
  readonly onChange: (part: Partial<PolicyValues>) => void;
}

function Checks({ values: { isEnabled, isDryRun }, onChange }: PartProps) {
  const { t } = useTranslation('policy');
  return (
    <div className={css['checks']}>
      <Tick isOn={isEnabled} onChange={(isOn) => onChange({ isEnabled: isOn })}>
        {t('form.isEnabled')}
      </Tick>
      <Tick isOn={isDryRun} onChange={(isOn) => onChange({ isDryRun: isOn })}>
        {t('form.isDryRun')}
      </Tick>
    </div>
  );
}
