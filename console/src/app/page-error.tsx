import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';
import { Failed } from '../ui/states.tsx';

/** In the place of a page that could not be shown: an upgrade may have replaced its files, so it is read anew. */
export function PageError({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Page title={t('pageError')}>
      <Failed error={error} onRetry={() => window.location.reload()} />
    </Page>
  );
}
