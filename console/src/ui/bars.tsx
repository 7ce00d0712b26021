import type { ReactNode } from 'react';
import type { Mood } from './state-badge.tsx';
import css from './bars.module.css';

export interface Bar {
  readonly id: string;
  readonly name: ReactNode;
  /** What the bar shows, in words. */
  readonly value: ReactNode;
  /** From 0 to 1; what is more is drawn as 1. */
  readonly share: number;
  readonly mood?: Mood;
}

/** Parts of a whole, each in words and drawn. */
export function Bars({ label, bars }: { readonly label: string; readonly bars: readonly Bar[] }) {
  return (
    <ul className={css['bars']} aria-label={label}>
      {bars.map(({ id, name, value, share, mood = 'neutral' }) => (
        <li key={id} className={css['bar']}>
          <span className={css['name']}>{name}</span>
          <span className={css['value']}>{value}</span>
          <span className={css['track']} aria-hidden>
            <span data-mood={mood} style={{ inlineSize: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
