import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import form from '../../../ui/form.module.css';
import { PemField, TextField, useProblem } from './form-fields.tsx';
import type { RegistryValues } from './registry-values.ts';
import css from './registry-form.module.css';

/** How long a secret is good for, and who replaces it. */
export function LifeFields() {
  const { t } = useTranslation('registry-form');
  const { register } = useFormContext<RegistryValues>();
  const problem = useProblem('isAutomatic');
  return (
    <fieldset>
      <legend>{t('life.title')}</legend>
      <div className={form['pair']}>
        <TextField label={t('life.expires')} help={t('life.expiresHelp')} name="expires" type="date" />
        <TextField
          label={t('life.rotateAfterDays')}
          help={t('life.rotateAfterDaysHelp')}
          name="rotateAfterDays"
          type="number"
          min={0}
          max={3650}
        />
      </div>
      <label className={css['check']}>
        <input type="checkbox" {...register('isAutomatic')} aria-describedby={problem && 'automatic-problem'} />
        {t('life.isAutomatic')}
      </label>
      {problem !== undefined && (
        <p id="automatic-problem" role="alert">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

export function AdvancedFields() {
  const { t } = useTranslation('registry-form');
  const { errors } = useFormContext<RegistryValues>().formState;
  const isWrong = [errors.authorities, errors.clientCertificate, errors.clientKey, errors.testRepository].some(Boolean);
  return (
    <fieldset>
      <legend>{t('advanced.title')}</legend>
      <details className={css['advanced']} open={isWrong || undefined}>
        <summary>{t('advanced.summary')}</summary>
        <div className={form['form']}>
          <TextField
            label={t('advanced.testRepository')}
            help={t('advanced.testRepositoryHelp')}
            name="testRepository"
            maxLength={255}
          />
          <PemField label={t('advanced.authorities')} help={t('advanced.authoritiesHelp')} name="authorities" />
          <PemField label={t('advanced.clientCertificate')} name="clientCertificate" />
          <PemField label={t('advanced.clientKey')} help={t('advanced.clientKeyHelp')} name="clientKey" />
        </div>
      </details>
    </fieldset>
  );
}
