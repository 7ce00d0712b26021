import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from './crumbs.module.css';

interface CrumbsProps {
  readonly here: string;
  /** Links to the pages above this one, the furthest first, each in a `<li>`. */
  readonly children: ReactNode;
}

/** Where a page is. */
export function Crumbs({ here, children }: CrumbsProps) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('nav.crumbs')}>
      <ol className={css['crumbs']}>
        {children}
        <li aria-current="page">{here}</li>
      </ol>
    </nav>
  );
}
