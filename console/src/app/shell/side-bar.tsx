import { Link, useLocation } from '@tanstack/react-router';
import { LayoutDashboard, Package, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import css from './shell.module.css';

/** The tabs of the first page are pages of their own below it. */
const DASHBOARD = ['/', '/datastore', '/docker', '/git', '/tokens', '/users'];

interface Place {
  readonly to: '/' | '/repositories';
  readonly word: 'dashboard' | 'repositories';
  readonly icon: LucideIcon;
  readonly isHere: (path: string) => boolean;
}

const PLACES: readonly Place[] = [
  { to: '/', word: 'dashboard', icon: LayoutDashboard, isHere: (path) => DASHBOARD.includes(path) },
  {
    to: '/repositories',
    word: 'repositories',
    icon: Package,
    isHere: (path) => path.startsWith('/repositories') || path.startsWith('/images'),
  },
];

export function SideBar() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <nav className={css['side']} aria-label={t('nav.main')}>
      <ul>
        {PLACES.map(({ to, word, icon: Icon, isHere }) => {
          const isCurrent = isHere(pathname);
          return (
            <li key={to}>
              <Link to={to} data-current={isCurrent || undefined} aria-current={isCurrent ? 'page' : undefined}>
                <Icon size={18} aria-hidden />
                {t(`nav.${word}`)}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
