import { Button } from '@ovhcloud/ods-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../../../src/api/audit/contract.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { When } from '../../ui/when.tsx';

export const OUTCOME_MOODS = { done: 'good', refused: 'notice', failed: 'bad' } as const;

/** `sha256:` and as much as tells one from others. */
const SHOWN_DIGEST = 19;

export function useAuditColumns(onShow: (entry: AuditEntry) => void): readonly Column<AuditEntry>[] {
  const { t } = useTranslation('activity');
  return useMemo(
    () => [
      { id: 'at', title: t('column.at'), cell: ({ at }) => <When at={at} /> },
      { id: 'who', title: t('column.who'), cell: ({ principal }) => principal.name },
      {
        id: 'action',
        title: t('column.action'),
        cell: (entry) => (
          <Button variant="ghost" size="xs" aria-haspopup="dialog" onClick={() => onShow(entry)}>
            {entry.action}
          </Button>
        ),
      },
      { id: 'what', title: t('column.what'), cell: subjectOf },
      {
        id: 'outcome',
        title: t('column.outcome'),
        cell: ({ outcome }) => <StateBadge mood={OUTCOME_MOODS[outcome]}>{t(`outcome.${outcome}`)}</StateBadge>,
      },
      { id: 'source', title: t('column.source'), cell: ({ source }) => source ?? '' },
    ],
    [t, onShow],
  );
}

/** `team/app:v1`, `team/app@sha256:…`, or what the details name. */
function subjectOf({ repository, tag, digest, details }: AuditEntry): string {
  if (repository === null) return typeof details?.['name'] === 'string' ? details['name'] : '';
  if (tag !== null) return `${repository}:${tag}`;
  return digest === null ? repository : `${repository}@${digest.slice(0, SHOWN_DIGEST)}…`;
}
