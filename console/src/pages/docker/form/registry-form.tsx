import { Button } from '@ovhcloud/ods-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { FormProvider, useForm, type FieldPath } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { RegistryTest } from '../../../../../src/api/registries/contract.ts';
import { ApiProblem } from '../../../api/problem.ts';
import { Failed } from '../../../ui/states.tsx';
import { TestReport } from '../dialogs/test-report.tsx';
import { kindsQuery } from '../registries.ts';
import { CredentialFields } from './credential-fields.tsx';
import { AdvancedFields, LifeFields } from './life-fields.tsx';
import { PlaceFields } from './place-fields.tsx';
import type { RegistryValues } from './registry-values.ts';
import css from './registry-form.module.css';

interface RegistryFormProps {
  readonly values: RegistryValues;
  readonly isNew: boolean;
  readonly hasSecret: boolean;
  /** What the button says that does it. */
  readonly verb: string;
  readonly onTry: (values: RegistryValues) => Promise<RegistryTest>;
  readonly onSave: (values: RegistryValues) => Promise<unknown>;
  readonly onCancel: () => void;
}

/** What was tried, and what came of it. */
interface Tried {
  readonly said: string;
  readonly test: RegistryTest;
}

/** It is tried before it is saved; whoever knows better may save it all the same. */
export function RegistryForm(props: RegistryFormProps) {
  const { values, isNew, hasSecret, verb, onTry, onSave, onCancel } = props;
  const { t } = useTranslation('registry-form');
  const { t: common } = useTranslation();
  const form = useForm<RegistryValues>({ defaultValues: values, shouldFocusError: true });
  const kinds = useQuery(kindsQuery());
  const onError = (error: Error): void => showProblems(error, (name, message) => form.setError(name, { message }));
  const trial = useMutation({
    mutationFn: async (wanted: RegistryValues): Promise<Tried> => ({
      said: JSON.stringify(wanted),
      test: await onTry(wanted),
    }),
    onError,
    gcTime: 0,
  });
  const saving = useMutation({ mutationFn: onSave, onError, gcTime: 0 });
  const tried = trial.data?.said === JSON.stringify(form.watch()) ? trial.data.test : undefined;
  const isRefused = tried !== undefined && tried.outcome !== 'ok';
  const tryOut = (wanted: RegistryValues): void => {
    if (!isComplete(wanted)) return;
    saving.reset();
    trial.mutate(wanted);
  };
  const isComplete = (wanted: RegistryValues): boolean => {
    const missing = (['url', 'name', 'project'] as const).filter((name) => wanted[name].trim() === '');
    for (const name of missing) form.setError(name, { message: t('missing') }, { shouldFocus: name === missing[0] });
    return missing.length === 0;
  };
  const submit = async (wanted: RegistryValues): Promise<void> => {
    if (!isComplete(wanted)) return;
    if (tried === undefined) {
      const { test } = await trial.mutateAsync(wanted).catch(() => ({ test: undefined }));
      if (test?.outcome !== 'ok') return;
    }
    saving.mutate(wanted);
  };
  const error = saving.error ?? trial.error;
  return (
    <FormProvider {...form}>
      <form
        className={css['form']}
        noValidate
        autoComplete="off"
        onSubmit={(event) => {
          form.clearErrors();
          void form.handleSubmit(submit)(event);
        }}
      >
        <PlaceFields isNew={isNew} />
        {kinds.isLoadingError ? (
          <Failed error={kinds.error} onRetry={() => void kinds.refetch()} />
        ) : (
          <CredentialFields kinds={kinds.data?.kinds ?? []} hasSecret={hasSecret} />
        )}
        <LifeFields />
        <AdvancedFields />
        {tried !== undefined && <TestReport test={tried} />}
        {error !== null && !isShownAtFields(error) && <Failed error={error} />}
        <div className={css['actions']}>
          <Button type="button" variant="ghost" onClick={onCancel}>
            {common('cancel')}
          </Button>
          <Button
            type="button"
            variant="outline"
            loading={trial.isPending}
            onClick={() => {
              form.clearErrors();
              tryOut(form.getValues());
            }}
          >
            {t('try')}
          </Button>
          <Button type="submit" loading={saving.isPending} disabled={trial.isPending}>
            {isRefused ? t('saveAnyway', { verb }) : verb}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

/** Fields of the server that are called otherwise here. */
const CALLED: Readonly<Record<string, FieldPath<RegistryValues>>> = { expiresAt: 'expires' };
const SHOWN =
  /^(?:project|name|kind|url|region|form|username|secret|fields\.[\w-]+|authorities|clientCertificate|clientKey|testRepository|expiresAt|rotateAfterDays|isAutomatic)$/;

function showProblems(error: Error, show: (name: FieldPath<RegistryValues>, message: string) => void): void {
  if (!(error instanceof ApiProblem)) return;
  for (const { field, message } of error.errors) {
    if (SHOWN.test(field)) show(CALLED[field] ?? (field as FieldPath<RegistryValues>), message);
  }
}

function isShownAtFields(error: Error): boolean {
  return error instanceof ApiProblem && error.errors.length > 0 && error.errors.every(({ field }) => SHOWN.test(field));
}
