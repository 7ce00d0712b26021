import { Button } from '@ovhcloud/ods-react';
import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import css from './selection-bar.module.css';

interface SelectionBarProps {
  readonly count: number;
  readonly onClear: () => void;
  readonly onDelete: () => void;
}

/** What can be done with the tags that are chosen. */
export function SelectionBar({ count, onClear, onDelete }: SelectionBarProps) {
  const { t } = useTranslation('repository');
  return (
    <div className={css['bar']} role="region" aria-label={t('selection.label')}>
      <span role="status">{t('selection.count', { count })}</span>
      <Button size="sm" variant="outline" onClick={onClear}>
        {t('selection.clear')}
      </Button>
      <Button size="sm" color="critical" onClick={onDelete}>
        <Trash2 size={16} aria-hidden /> {t('selection.delete')}
      </Button>
    </div>
  );
}
