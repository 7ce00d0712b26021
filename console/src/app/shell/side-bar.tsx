import { Link, useLocation } from '@tanstack/react-router';
import {
  LayoutDashboard,
  Package,
  Recycle,
  ScrollText,
  ServerCog,
  Trash2,
  Webhook,
  type LucideIcon,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Ability } from '../../../../src/api/contract.ts';
import { useMay } from '../session.ts';
import css from './shell.module.css';

/** The tabs of the first page are pages of their own below it. */
const DASHBOARD = ['/', '/datastore', '/docker', '/git', '/tokens', '/users'];

interface Place {
  readonly to: '/' | '/repositories' | '/activity' | '/events' | '/system' | '/trash' | '/policies';
  readonly word: 'dashboard' | 'repositories' | 'activity' | 'events' | 'system' | 'trash' | 'policies';
  readonly icon: LucideIcon;
  readonly isHere: (path: string) => boolean;
  /** Without it there is nothing to be seen there. */
  readonly ability?: Ability;
}

export const PLACES: readonly Place[] = [
  {
    to: '/',
    word: 'dashboard',
    icon: LayoutDashboard,
    isHere: (path) => DASHBOARD.includes(path) || path.startsWith('/docker/'),
  },
  {
    to: '/repositories',
    word: 'repositories',
    icon: Package,
    isHere: (path) => /^\/(?:repositories|images|comparison|layers)(?:\/|$)/.test(path),
  },
  {
    to: '/policies',
    word: 'policies',
    icon: Recycle,
    isHere: (path) => path.startsWith('/policies') || path.startsWith('/plans'),
  },
  { to: '/trash', word: 'trash', icon: Trash2, isHere: (path) => path === '/trash' },
  {
    to: '/activity',
    word: 'activity',
    icon: ScrollText,
    isHere: (path) => path.startsWith('/activity'),
    ability: 'read-audit',
  },
  {
    to: '/events',
    word: 'events',
    icon: Webhook,
    isHere: (path) => path.startsWith('/events'),
    ability: 'manage-webhooks',
  },
  {
    to: '/system',
    word: 'system',
    icon: ServerCog,
    isHere: (path) => path.startsWith('/system'),
    ability: 'read-status',
  },
];

export function SideBar() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const may = useMay();
  const places = PLACES.filter(({ ability }) => ability === undefined || may(ability));
  return (
    <nav className={css['side']} aria-label={t('nav.main')}>
      <ul>
        {places.map(({ to, word, icon: Icon, isHere }) => {
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
