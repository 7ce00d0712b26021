import {
  FormField,
  FormFieldError,
  FormFieldHelper,
  FormFieldLabel,
  Select,
  SelectContent,
  SelectControl,
} from '@ovhcloud/ods-react';

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly items: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** What is said while none of them is chosen. */
  readonly placeholder?: string | undefined;
  readonly help?: string | undefined;
  readonly problem?: string | undefined;
  readonly className?: string | undefined;
}

/** One of several: its label, what helps, and what is wrong with it, all told together. */
export function Choice<Value extends string>(props: ChoiceProps<Value>) {
  const { label, items, value, onChange, placeholder, help, problem, className } = props;
  return (
    <FormField className={className} invalid={problem !== undefined}>
      <FormFieldLabel>{label}</FormFieldLabel>
      <Select
        items={items.map((item) => ({ ...item }))}
        value={items.some((item) => item.value === value) ? [value] : []}
        onValueChange={({ value: [chosen] }) => {
          const known = items.find((item) => item.value === chosen);
          if (known !== undefined) onChange(known.value);
        }}
      >
        <SelectControl {...(placeholder !== undefined && { placeholder })} />
        {/* Within a dialog: what is outside is hidden from whoever does not see it. */}
        <SelectContent createPortal={false} />
      </Select>
      {help !== undefined && <FormFieldHelper>{help}</FormFieldHelper>}
      {problem !== undefined && <FormFieldError>{problem}</FormFieldError>}
    </FormField>
  );
}
