import { FormField, FormFieldError, FormFieldHelper, FormFieldLabel, Input, Password } from '@ovhcloud/ods-react';
import type { ComponentProps } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { useLanguage } from '../words/languages.ts';

type InputType = NonNullable<ComponentProps<typeof Input>['type']>;

interface FieldProps extends Omit<ComponentProps<typeof Input>, 'size' | 'type'> {
  readonly label: string;
  readonly help?: string | undefined;
  /** What is wrong with it. */
  readonly problem?: string | undefined;
  readonly isSecret?: boolean;
  readonly type?: InputType | 'date';
}

/** A line to fill in: its label, what helps, and what is wrong with it, all told together. */
export function Field({ label, help, problem, isSecret = false, type = 'text', ...input }: FieldProps) {
  const language = useLanguage();
  // A day is filled in like any other line: only the types of the component do not know that.
  const inputType = type as InputType;
  return (
    <FormField invalid={problem !== undefined}>
      <FormFieldLabel>{label}</FormFieldLabel>
      {isSecret ? <Password {...input} locale={language} /> : <Input {...input} type={inputType} locale={language} />}
      {help !== undefined && <FormFieldHelper>{help}</FormFieldHelper>}
      {problem !== undefined && <FormFieldError>{problem}</FormFieldError>}
    </FormField>
  );
}

/** What the server says of one field of what was sent. */
export function problemWith(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  return error.errors.find((one) => one.field === field)?.message;
}
