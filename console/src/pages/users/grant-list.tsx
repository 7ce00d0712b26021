import { Button } from '@ovhcloud/ods-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { addGrant, removeGrant } from '../../../../src/api/grants/contract.ts';
import { call } from '../../api/call.ts';
import { grantsQuery, type Grant } from '../../app/accounts.ts';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { notifyFailure, notifyUndo } from '../../ui/notify.tsx';
import { useRuleWords } from '../../ui/rights/rule-words.ts';
import { Empty, Failed } from '../../ui/states.tsx';
import { When } from '../../ui/when.tsx';
import { useGranteeWords } from './grantee.ts';

const route = getRouteApi('/users');

/** By who has them, or by what they are about. */
export function GrantList() {
  const { t } = useTranslation('users');
  const { q, sort, direction: way } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(grantsQuery);
  const who = useGranteeWords();
  const columns = useColumns();
  const wanted = q.trim().toLowerCase();
  const keyOf = (grant: Grant): string => KEYS[sort](grant, who(grant.to));
  const rows = list.data
    ?.filter(({ to, pattern }) => `${who(to)} ${pattern}`.toLowerCase().includes(wanted))
    .toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)) * (way === 'ascending' ? 1 : -1));
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Datagrid
      label={t('grants.title')}
      columns={columns}
      rows={rows}
      idOf={({ id }) => String(id)}
      sorting={{ by: sort, direction: way }}
      onSort={({ by, direction }) =>
        void navigate({ search: (now) => ({ ...now, sort: by as keyof typeof KEYS, direction }), replace: true })
      }
      empty={
        <Empty title={list.data?.length === 0 ? t('grants.empty') : t('grants.noneFound')}>
          {list.data?.length === 0 && <p>{t('grants.emptyLead')}</p>}
        </Empty>
      }
    />
  );
}

/** Within the same, by the other. */
const KEYS = {
  who: ({ pattern }: Grant, who: string) => `${who} ${pattern}`,
  pattern: ({ pattern }: Grant, who: string) => `${pattern} ${who}`,
} as const;

function useColumns(): readonly Column<Grant>[] {
  const { t } = useTranslation('users');
  return useMemo(
    () => [
      { id: 'who', title: t('column.who'), isSortable: true, cell: ({ to }) => <Who to={to} /> },
      { id: 'pattern', title: t('column.pattern'), isSortable: true, cell: ({ pattern }) => <code>{pattern}</code> },
      { id: 'may', title: t('column.may'), cell: (grant) => <May grant={grant} /> },
      { id: 'since', title: t('column.since'), cell: ({ createdAt }) => <When at={createdAt} /> },
      {
        id: 'actions',
        title: <span className="sr-only">{t('column.actions')}</span>,
        align: 'end',
        cell: (grant) => <Remove grant={grant} />,
      },
    ],
    [t],
  );
}

function Who({ to }: { readonly to: Grant['to'] }) {
  return useGranteeWords()(to);
}

function May({ grant }: { readonly grant: Grant }) {
  return useRuleWords()(grant);
}

/** It can be taken back: so it does not ask. */
function Remove({ grant }: { readonly grant: Grant }) {
  const { t } = useTranslation('users');
  const queries = useQueryClient();
  const who = useGranteeWords();
  const refresh = () => queries.invalidateQueries({ queryKey: ['grants'] });
  const { id, to, pattern, actions } = grant;
  const giveBack = async (): Promise<void> => {
    await call<typeof addGrant>('POST', '/api/v1/grants', { to, pattern, actions });
    await refresh();
  };
  const removal = useMutation({
    mutationFn: () => call<typeof removeGrant>('DELETE', '/api/v1/grants/{id}', { id }),
    onSuccess: async () => {
      notifyUndo(t('grant.removed', { who: who(to), pattern }), giveBack);
      await refresh();
    },
    onError: notifyFailure,
  });
  const label = t('grant.remove', { who: who(to), pattern });
  return (
    <Button
      variant="ghost"
      color="neutral"
      size="xs"
      aria-label={label}
      title={label}
      loading={removal.isPending}
      onClick={() => removal.mutate()}
    >
      <Trash2 size={16} aria-hidden />
    </Button>
  );
}
