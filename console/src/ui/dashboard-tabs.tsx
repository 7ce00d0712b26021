import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import css from './dashboard-tabs.module.css';

const TABS = [
  { to: '/', word: 'home' },
  { to: '/datastore', word: 'datastore' },
  { to: '/docker', word: 'docker' },
  { to: '/git', word: 'git' },
  { to: '/tokens', word: 'tokens' },
  { to: '/users', word: 'users' },
] as const;

/** The tabs of the dashboard: each is a page with an address of its own. */
export function DashboardTabs() {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('tabs.label')} className={css['tabs']}>
      <ul>
        {TABS.map(({ to, word }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ exact: true, includeSearch: false }}
              activeProps={{ 'aria-current': 'page' }}
            >
              {t(`tabs.${word}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
