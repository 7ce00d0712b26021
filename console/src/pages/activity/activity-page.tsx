import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/session.ts';
import { Page } from '../../ui/page.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { AuditGrid } from './audit-grid.tsx';
import { exportAddress, type ActivityFilter } from './filter.ts';
import { VerifyChain } from './verify-chain.tsx';
import css from './activity.module.css';

const route = getRouteApi('/activity');

/** Who did what, when, from where. */
export function ActivityPage() {
  const { t } = useTranslation('activity');
  const may = useMay();
  const filter: ActivityFilter = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (part: Partial<ActivityFilter>) => void navigate({ search: (now) => ({ ...now, ...part }), replace: true }),
    [navigate],
  );
  const exporting = (
    <a className={css['export']} href={exportAddress(filter)} download="audit.jsonl">
      <Download size={16} aria-hidden /> {t('export')}
    </a>
  );
  return (
    <Page title={t('title')} actions={may('read-audit') ? exporting : undefined}>
      {may('read-audit') && (
        <>
          <VerifyChain />
          <AuditFilters filter={filter} onChange={change} />
        </>
      )}
      <AuditGrid filter={filter} />
    </Page>
  );
}
