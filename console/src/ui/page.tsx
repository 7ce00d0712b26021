import { useEffect, type ReactNode } from 'react';
import { Text } from '@ovhcloud/ods-react';
import css from './page.module.css';

interface PageProps {
  readonly title: string;
  /** Where it is: crumbs, or tabs. */
  readonly above?: ReactNode;
  /** What can be done with all of it, beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, above, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Havre`;
  }, [title]);
  return (
    <div className={css['page']}>
      {above}
      <div className={css['head']}>
        <Text preset="heading-2" as="h1" className={css['title']}>
          {title}
        </Text>
        {actions !== undefined && <div className={css['actions']}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, actions, children }: SectionProps) {
  return (
    <section className={css['section']}>
      <div className={css['head']}>
        <Text preset="heading-3" as="h2">
          {title}
        </Text>
        {actions !== undefined && <div className={css['actions']}>{actions}</div>}
      </div>
      {children}
    </section>
  );
}
