import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry, listAudit } from '../../../../src/api/audit/contract.ts';
import { call } from '../../api/call.ts';
import { Datagrid } from '../../ui/datagrid.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useAuditColumns } from './audit-columns.tsx';
import { AuditEntryDialog } from './audit-entry-dialog.tsx';
import { auditInput, type ActivityFilter } from './filter.ts';

const PAGE = 100;

export function AuditGrid({ filter }: { readonly filter: ActivityFilter }) {
  const { t } = useTranslation('activity');
  const [shown, setShown] = useState<AuditEntry>();
  const columns = useAuditColumns(setShown);
  const list = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => {
      const input = { ...auditInput(filter), limit: PAGE, after: pageParam };
      return call<typeof listAudit>('GET', '/api/v1/audit', input, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ entries }) => entries), [list.data]);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <Datagrid
        label={t('title')}
        columns={columns}
        rows={rows}
        idOf={idOf}
        pages={list}
        empty={
          <Empty title={t('empty')}>
            <p>{t('emptyLead')}</p>
          </Empty>
        }
      />
      {shown !== undefined && <AuditEntryDialog entry={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

/** One that is not sealed yet has no place in the chain. */
function idOf({ sequence, at, action, requestId, tag, digest }: AuditEntry): string {
  return sequence === null ? [at, action, requestId, tag, digest].join(' ') : String(sequence);
}
