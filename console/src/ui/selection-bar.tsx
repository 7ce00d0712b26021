import { Button } from '@ovhcloud/ods-react';
import type { ReactNode } from 'react';
import css from './selection-bar.module.css';

interface SelectionBarProps {
  /** Of what: for whoever does not see it. */
  readonly label: string;
  /** How many. */
  readonly text: string;
  readonly clear: string;
  readonly onClear: () => void;
  /** Buttons: what can be done with them. */
  readonly children: ReactNode;
}

/** What can be done with the rows of a list that are chosen. */
export function SelectionBar({ label, text, clear, onClear, children }: SelectionBarProps) {
  return (
    <div className={css['bar']} role="region" aria-label={label}>
      <span role="status">{text}</span>
      <Button size="sm" variant="outline" onClick={onClear}>
        {clear}
      </Button>
      {children}
    </div>
  );
}
