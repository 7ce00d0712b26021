import { Button } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import css from './work-progress.module.css';

interface WorkProgressProps {
  /** What it is at. */
  readonly text: string;
  /** From 0 to 1, where that is known. */
  readonly share?: number | undefined;
  readonly onStop: () => void;
}

/** Long work while it runs: how far it is, and a way to stop it. */
export function WorkProgress({ text, share, onStop }: WorkProgressProps) {
  const { t } = useTranslation();
  return (
    <div className={css['work']}>
      <p role="status">{text}</p>
      <progress aria-label={text} value={share} max={1} />
      <Button size="sm" variant="outline" onClick={onStop}>
        {t('stop')}
      </Button>
    </div>
  );
}
