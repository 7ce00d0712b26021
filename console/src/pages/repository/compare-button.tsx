import { Link } from '@tanstack/react-router';
import { GitCompare } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { writeReference } from '../image/reference.ts';
import css from './compare-button.module.css';

interface CompareButtonProps {
  readonly repository: string;
  /** Two, as the list has them: the one below is compared with. */
  readonly tags: readonly string[];
}

export function CompareButton({ repository, tags }: CompareButtonProps) {
  const { t } = useTranslation('repository');
  const [to = '', from = ''] = tags.map((reference) => writeReference({ repository, reference }));
  return (
    <Link to="/comparison" search={{ from, to }} className={css['button']}>
      <GitCompare size={16} aria-hidden /> {t('selection.compare')}
    </Link>
  );
}
