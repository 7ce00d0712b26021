import { Link } from '@tanstack/react-router';
import css from './view-tabs.module.css';

interface ViewTabsProps {
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly text: string }[];
  readonly current: string;
}

/** Views of one page. Each has an address: `view` of this one. */
export function ViewTabs({ label, tabs, current }: ViewTabsProps) {
  return (
    <nav aria-label={label} className={css['views']}>
      <ul>
        {tabs.map(({ id, text }) => (
          <li key={id}>
            <Link
              to="."
              search={(now) => ({ ...now, view: id })}
              replace
              resetScroll={false}
              aria-current={id === current ? 'page' : undefined}
            >
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
