import { Button } from '@ovhcloud/ods-react';
import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { SelectionBar as Bar } from '../../ui/selection-bar.tsx';

interface SelectionBarProps {
  readonly count: number;
  readonly onClear: () => void;
  readonly onDelete: () => void;
}

/** What can be done with the tags that are chosen. */
export function SelectionBar({ count, onClear, onDelete }: SelectionBarProps) {
  const { t } = useTranslation('repository');
  return (
    <Bar
      label={t('selection.label')}
      text={t('selection.count', { count })}
      clear={t('selection.clear')}
      onClear={onClear}
    >
      <Button size="sm" color="critical" onClick={onDelete}>
        <Trash2 size={16} aria-hidden /> {t('selection.delete')}
      </Button>
    </Bar>
  );
}
