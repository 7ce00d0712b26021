import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { revokeToken } from '../../../../src/api/tokens/contract.ts';
import { call } from '../../api/call.ts';
import { tokensQuery, type Token } from '../../app/accounts.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Datagrid } from '../../ui/datagrid.tsx';
import { notify } from '../../ui/notify.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { useTokenColumns } from './token-cells.tsx';
import { sorted, type Order } from './token-order.ts';

const route = getRouteApi('/tokens');

export function TokenList() {
  const { t } = useTranslation('tokens');
  const { q, state, sort, direction: way } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(tokensQuery);
  const [toRevoke, setToRevoke] = useState<Token>();
  const columns = useTokenColumns(setToRevoke);
  const rows = useMemo(() => {
    const found = list.data?.filter((token) => (state === 'all' || token.state === state) && isAbout(token, q));
    return found === undefined ? undefined : sorted(found, sort, way);
  }, [list.data, q, state, sort, way]);
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <Datagrid
        label={t('title')}
        columns={columns}
        rows={rows}
        // A name is free again when its token is revoked.
        idOf={({ name, createdAt }) => `${name} ${createdAt}`}
        sorting={{ by: sort, direction: way }}
        onSort={({ by, direction }) =>
          void navigate({ search: (now) => ({ ...now, sort: by as Order, direction }), replace: true })
        }
        empty={list.data?.length === 0 ? <NoToken /> : <Empty title={t('noneFound')} />}
      />
      {toRevoke !== undefined && <RevokeToken token={toRevoke} onClose={() => setToRevoke(undefined)} />}
    </>
  );
}

function isAbout({ name, user }: Token, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return name.toLowerCase().includes(wanted) || (user ?? '').toLowerCase().includes(wanted);
}

function NoToken() {
  const { t } = useTranslation('tokens');
  return (
    <Empty title={t('empty')}>
      <p>{t('emptyLead')}</p>
    </Empty>
  );
}

function RevokeToken({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) {
  const { t } = useTranslation('tokens');
  const format = useFormat();
  const queries = useQueryClient();
  const { name, lastUsedAt } = token;
  const revoke = async (): Promise<void> => {
    await call<typeof revokeToken>('DELETE', '/api/v1/tokens/{name}', { name });
    await queries.invalidateQueries({ queryKey: ['tokens'] });
    notify(t('revoke.done', { name }));
  };
  return (
    <ConfirmDialog title={t('revoke.title', { name })} verb={t('revoke.action')} onConfirm={revoke} onClose={onClose}>
      <p>{lastUsedAt === null ? t('revoke.unused') : t('revoke.used', { ago: format.ago(lastUsedAt) })}</p>
      <p>{t('revoke.consequence')}</p>
    </ConfirmDialog>
  );
}
