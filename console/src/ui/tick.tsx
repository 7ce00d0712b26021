import type { ReactNode } from 'react';
import css from './tick.module.css';

interface TickProps {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly children: ReactNode;
}

/** Yes or no. */
export function Tick({ isOn, onChange, children }: TickProps) {
  return (
    <label className={css['tick']}>
      <input type="checkbox" checked={isOn} onChange={({ target }) => onChange(target.checked)} />
      <span>{children}</span>
    </label>
  );
}
