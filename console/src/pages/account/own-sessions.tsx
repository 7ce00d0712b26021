import { Button, Text } from '@ovhcloud/ods-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { endOtherSessions, endOwnSession, listSessions } from '../../../../src/api/session/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { notify, notifyFailure } from '../../ui/notify.tsx';
import { Section } from '../../ui/page.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { When } from '../../ui/when.tsx';
import { clientOf } from './client-name.ts';

type Session = OutputOf<typeof listSessions>['sessions'][number];

const KEY = ['sessions'];

/** Where I am logged in, and a way to end that. */
export function OwnSessions() {
  const { t } = useTranslation('account');
  const [isAsked, setIsAsked] = useState(false);
  const columns = useColumns();
  const list = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => call<typeof listSessions>('GET', '/api/v1/sessions', {}, signal),
  });
  const others = list.data?.sessions.filter(({ current }) => !current).length ?? 0;
  return (
    <Section
      title={t('sessions.title')}
      actions={
        others > 0 && (
          <Button variant="outline" color="critical" onClick={() => setIsAsked(true)}>
            {t('sessions.endOthers')}
          </Button>
        )
      }
    >
      <Text>{t('sessions.lead')}</Text>
      {list.isLoadingError ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Datagrid
          label={t('sessions.title')}
          columns={columns}
          rows={list.data?.sessions}
          idOf={({ id }) => id}
          empty={<Empty title={t('sessions.empty')} />}
        />
      )}
      {isAsked && <EndOthers count={others} onClose={() => setIsAsked(false)} />}
    </Section>
  );
}

function useColumns(): readonly Column<Session>[] {
  const { t } = useTranslation('account');
  return useMemo(
    () => [
      { id: 'client', title: t('sessions.client'), cell: ({ client }) => <ClientWords agent={client} /> },
      { id: 'source', title: t('sessions.source'), cell: ({ source }) => <code>{source}</code> },
      { id: 'begun', title: t('sessions.begun'), cell: ({ createdAt }) => <When at={createdAt} /> },
      { id: 'seen', title: t('sessions.seen'), cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
      {
        id: 'end',
        title: <span className="sr-only">{t('sessions.end')}</span>,
        align: 'end',
        cell: (session) =>
          session.current ? (
            <StateBadge mood="good">{t('sessions.current')}</StateBadge>
          ) : (
            <EndSession session={session} />
          ),
      },
    ],
    [t],
  );
}

function ClientWords({ agent }: { readonly agent: string }) {
  const { t } = useTranslation('account');
  const { program, system } = clientOf(agent);
  if (program === '') return t('sessions.unknownClient');
  return <span title={agent}>{system === undefined ? program : t('sessions.clientOn', { program, system })}</span>;
}

function EndSession({ session: { id, source, client } }: { readonly session: Session }) {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => call<typeof endOwnSession>('DELETE', '/api/v1/sessions/{id}', { id }),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
    onError: notifyFailure,
  });
  return (
    <Button
      size="xs"
      variant="outline"
      loading={end.isPending}
      aria-label={t('sessions.endThis', { program: clientOf(client).program, source })}
      onClick={() => end.mutate()}
    >
      {t('sessions.end')}
    </Button>
  );
}

function EndOthers({ count, onClose }: { readonly count: number; readonly onClose: () => void }) {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const end = async (): Promise<void> => {
    const { ended } = await call<typeof endOtherSessions>('DELETE', '/api/v1/sessions', {});
    await queries.invalidateQueries({ queryKey: KEY });
    notify(t('sessions.ended', { count: ended }));
  };
  return (
    <ConfirmDialog
      title={t('sessions.endOthersTitle')}
      verb={t('sessions.endOthers')}
      onConfirm={end}
      onClose={onClose}
    >
      <p>{t('sessions.consequence', { count })}</p>
    </ConfirmDialog>
  );
}
