import { useId } from 'react';
import css from './options.module.css';

export interface Option<Value extends string> {
  readonly value: Value;
  readonly text: string;
}

interface OneOfProps<Value extends string> {
  readonly label: string;
  readonly options: readonly Option<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** One of a few, which are all in sight. */
export function OneOf<Value extends string>({ label, options, value, onChange }: OneOfProps<Value>) {
  const name = useId();
  return (
    <fieldset className={css['choices']}>
      <legend className={css['legend']}>{label}</legend>
      <div className={css['list']}>
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            {option.text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SomeOfProps<Value extends string> {
  readonly label: string;
  readonly options: readonly Option<Value>[];
  readonly values: readonly Value[];
  readonly onChange: (values: readonly Value[]) => void;
  readonly problem?: string | undefined;
}

/** Some of a few, in the order in which they are shown. */
export function SomeOf<Value extends string>({ label, options, values, onChange, problem }: SomeOfProps<Value>) {
  const id = useId();
  const toggled = (changed: Value): readonly Value[] =>
    options.map(({ value }) => value).filter((value) => values.includes(value) !== (value === changed));
  return (
    <fieldset className={css['choices']} aria-describedby={problem === undefined ? undefined : id}>
      <legend className={css['legend']}>{label}</legend>
      <div className={css['list']}>
        {options.map(({ value, text }) => (
          <label key={value}>
            <input type="checkbox" checked={values.includes(value)} onChange={() => onChange(toggled(value))} />
            {text}
          </label>
        ))}
      </div>
      {problem !== undefined && (
        <p id={id} className={css['problem']}>
          {problem}
        </p>
      )}
    </fieldset>
  );
}
