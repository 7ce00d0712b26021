import css from './figures.module.css';

export interface Figure {
  readonly label: string;
  readonly value: string;
}

/** A few numbers that say how things are. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl className={css['figures']}>
      {figures.map(({ label, value }) => (
        <div key={label} className={css['figure']}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
