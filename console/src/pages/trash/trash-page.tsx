import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/session.ts';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { EmptyTrash } from './empty-trash.tsx';
import { TrashFilters } from './trash-filters.tsx';
import { TrashGrid } from './trash-grid.tsx';
import { TrashTotals } from './trash-totals.tsx';

const route = getRouteApi('/trash');

/** All that was deleted and can come back; for those who govern only some repositories, one of these at a time. */
export function TrashPage() {
  const { t } = useTranslation('trash');
  const maySeeAll = useMay()('restore-content');
  const { repository } = route.useSearch();
  return (
    <Page title={t('title')} actions={maySeeAll && <EmptyTrash repository={repository} />}>
      <p>{t('lead')}</p>
      {maySeeAll && <TrashTotals />}
      {maySeeAll || repository !== '' ? (
        <>
          <TrashFilters isWhole={maySeeAll} />
          <TrashGrid isWhole={maySeeAll} />
        </>
      ) : (
        <Empty title={t('ofOne.title')}>
          <p>{t('ofOne.lead')}</p>
          <p>
            <Link to="/repositories">{t('ofOne.link')}</Link>
          </p>
        </Empty>
      )}
    </Page>
  );
}
