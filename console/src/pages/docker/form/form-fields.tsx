import { FormField, FormFieldError, FormFieldHelper, FormFieldLabel, Textarea } from '@ovhcloud/ods-react';
import type { ComponentProps } from 'react';
import { get, useFormContext, type Path } from 'react-hook-form';
import { Field } from '../../../ui/field.tsx';
import type { RegistryValues } from './registry-values.ts';
import css from './registry-form.module.css';

/** What is wrong with a field, wherever that was found out. */
export function useProblem(name: Path<RegistryValues>): string | undefined {
  const { errors } = useFormContext<RegistryValues>().formState;
  return (get(errors, name) as { readonly message?: string } | undefined)?.message;
}

interface TextFieldProps extends Omit<ComponentProps<typeof Field>, 'name' | 'problem'> {
  readonly name: Path<RegistryValues>;
}

export function TextField({ name, ...field }: TextFieldProps) {
  const { register } = useFormContext<RegistryValues>();
  return <Field spellCheck={false} autoComplete="off" {...field} {...register(name)} problem={useProblem(name)} />;
}

interface PemFieldProps {
  readonly name: 'authorities' | 'clientCertificate' | 'clientKey';
  readonly label: string;
  readonly help?: string;
}

export function PemField({ name, label, help }: PemFieldProps) {
  const { register } = useFormContext<RegistryValues>();
  const problem = useProblem(name);
  return (
    <FormField invalid={problem !== undefined}>
      <FormFieldLabel>{label}</FormFieldLabel>
      <Textarea className={css['pem']} spellCheck={false} autoComplete="off" rows={4} {...register(name)} />
      {help !== undefined && <FormFieldHelper>{help}</FormFieldHelper>}
      {problem !== undefined && <FormFieldError>{problem}</FormFieldError>}
    </FormField>
  );
}
