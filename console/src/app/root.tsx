import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Failed } from '../ui/states.tsx';
import { sessionQuery } from './session.ts';
import { Shell } from './shell/shell.tsx';
import css from './root.module.css';

const LoginPage = lazy(async () => ({ default: (await import('../pages/login/login-page.tsx')).LoginPage }));

/** Whoever is not known logs in, on whatever page, and is on that page afterwards. */
export function Root() {
  const session = useQuery(sessionQuery);
  // Whoever is here stays here while the server is away for a moment.
  if (session.isLoadingError) {
    return (
      <main className={css['alone']}>
        <Failed error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data === undefined) return <main className={css['alone']} aria-busy />;
  return (
    <Suspense fallback={<main className={css['alone']} aria-busy />}>
      {session.data.account === null ? <LoginPage /> : <Shell />}
    </Suspense>
  );
}
