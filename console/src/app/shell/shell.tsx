import { Toaster } from '@ovhcloud/ods-react';
import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Loading } from '../../ui/states.tsx';
import { PaletteButton } from '../palette/palette-button.tsx';
import { AccountMenu } from './account-menu.tsx';
import { SideBar } from './side-bar.tsx';
import { ThemeButton } from './theme-button.tsx';
import css from './shell.module.css';

/** What is around every page. */
export function Shell() {
  const { t } = useTranslation();
  return (
    <div className={css['shell']}>
      <a className={css['skip']} href="#main">
        {t('skip')}
      </a>
      <header className={css['top']}>
        <Link to="/" className={css['brand']}>
          <img src="/favicon.svg" width="28" height="28" alt="" />
          Havre
        </Link>
        <PaletteButton />
        <div className={css['tools']}>
          <ThemeButton />
          <AccountMenu />
        </div>
      </header>
      <SideBar />
      <main id="main" tabIndex={-1} className={css['main']}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <Toaster />
    </div>
  );
}
