import { Button } from '@ovhcloud/ods-react';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Move, revertTag, showHistory } from '../../../../src/api/history/contract.ts';
import type { showRepository } from '../../../../src/api/repositories/contract.ts';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Digest } from '../../ui/digest.tsx';
import { notify } from '../../ui/notify.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useCause } from '../../ui/use-cause.ts';
import { When } from '../../ui/when.tsx';
import css from './image.module.css';
import { writeReference } from './reference.ts';

interface HistoryViewProps {
  readonly repository: string;
  readonly tag: string;
}

/** Where a tag was, and the way back there. */
export function HistoryView({ repository, tag }: HistoryViewProps) {
  const { t } = useTranslation('image');
  const [to, setTo] = useState<string>();
  const mayMove = useMayPush(repository);
  const list = useInfiniteQuery({
    queryKey: ['history', repository, tag],
    queryFn: ({ pageParam, signal }) =>
      call<typeof showHistory>(
        'GET',
        '/api/v1/repositories/{repository}/tags/{tag}/history',
        { repository, tag, after: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading lines={3} />;
  const moves = list.data.pages.flatMap((page) => page.moves);
  const now = moves[0]?.to;
  if (moves.length === 0) return <Empty title={t('noHistory')} />;
  return (
    <div className={css['view']}>
      <ol className={css['steps']}>
        {moves.map((move) => (
          <li key={move.id}>
            <MoveLine repository={repository} move={move} />
            {mayMove && move.to !== null && move.to !== now && (
              <Button size="xs" variant="outline" onClick={() => setTo(move.to ?? undefined)}>
                {t('revert')}
              </Button>
            )}
          </li>
        ))}
      </ol>
      {list.hasNextPage && (
        <Button variant="outline" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
      {to !== undefined && <Revert repository={repository} tag={tag} to={to} onClose={() => setTo(undefined)} />}
    </div>
  );
}

function MoveLine({ repository, move }: { readonly repository: string; readonly move: Move }) {
  const { t } = useTranslation('image');
  const { at, to, by } = move;
  const cause = useCause()(move.cause);
  return (
    <div className={css['node']}>
      <When at={at} />
      {to === null ? (
        <strong>{t('deleted')}</strong>
      ) : (
        <>
          <Link to="/images/$" params={{ _splat: writeReference({ repository, reference: to }) }}>
            {t('setTo')}
          </Link>
          <Digest digest={to} />
        </>
      )}
      <span>{by === '' ? t('byNobody', { cause }) : t('by', { name: by, cause })}</span>
    </div>
  );
}

function Revert({
  repository,
  tag,
  to,
  onClose,
}: HistoryViewProps & { readonly to: string; readonly onClose: () => void }) {
  const { t } = useTranslation('image');
  const queries = useQueryClient();
  const revert = async (): Promise<void> => {
    await call<typeof revertTag>('POST', '/api/v1/repositories/{repository}/tags/{tag}/revert', {
      repository,
      tag,
      to,
    });
    await queries.invalidateQueries({ queryKey: ['history', repository, tag] });
    await queries.invalidateQueries({ queryKey: ['image', repository, tag] });
    await queries.invalidateQueries({ queryKey: ['tags', repository] });
    notify(t('reverted', { tag }));
  };
  return (
    <ConfirmDialog title={t('revertTitle', { tag })} verb={t('revert')} isHarmless onConfirm={revert} onClose={onClose}>
      <p>{t('revertLead')}</p>
      <code>{to}</code>
    </ConfirmDialog>
  );
}

function useMayPush(repository: string): boolean {
  const { data } = useQuery({
    queryKey: ['repository', repository],
    queryFn: ({ signal }) =>
      call<typeof showRepository>('GET', '/api/v1/repositories/{repository}', { repository }, signal),
  });
  return data?.repository.actions.includes('push') === true;
}
