import css from './day-field.module.css';

interface DayFieldProps {
  readonly label: string;
  /** `2026-11-21`, or empty. */
  readonly value: string;
  readonly min?: string;
  readonly max?: string;
  readonly onChange: (day: string) => void;
}

/** A day, by the browser's own calendar. */
export function DayField({ label, value, min, max, onChange }: DayFieldProps) {
  return (
    <label className={css['day']}>
      <span>{label}</span>
      <input type="date" value={value} min={min} max={max} onChange={({ target }) => onChange(target.value)} />
    </label>
  );
}
