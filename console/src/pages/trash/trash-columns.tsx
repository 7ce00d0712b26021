import { Link } from '@tanstack/react-router';
import { ArchiveRestore, List, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry } from '../../../../src/api/trash/contract.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { Digest } from '../../ui/digest.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { useCause } from '../../ui/use-cause.ts';
import { When } from '../../ui/when.tsx';
import { nameOf } from './entry-name.ts';

/** What is about to be done with entries. */
export interface EntryWork {
  readonly kind: 'restore' | 'end' | 'show';
  readonly entries: readonly Entry[];
}

interface TrashColumnsOptions {
  /** Of all repositories: then entries can be looked into, and ended. */
  readonly isWhole: boolean;
  readonly onToggle: (id: string, isRange: boolean) => void;
  readonly onWork: (work: EntryWork) => void;
}

export function useTrashColumns({ isWhole, onToggle, onWork }: TrashColumnsOptions): readonly Column<Entry>[] {
  const { t } = useTranslation('trash');
  return useMemo(
    () => [
      {
        id: 'choose',
        title: <span className="sr-only">{t('column.choose')}</span>,
        cell: (entry, isSelected) => (
          <input
            type="checkbox"
            aria-label={t('choose', { name: nameOf(entry) })}
            checked={isSelected}
            onClick={({ shiftKey }) => onToggle(String(entry.id), shiftKey)}
            onChange={() => undefined}
          />
        ),
      },
      { id: 'what', title: t('column.what'), cell: (entry) => <What entry={entry} /> },
      {
        id: 'holds',
        title: t('column.holds'),
        cell: ({ kind, manifests, tags }) =>
          kind === 'repository'
            ? t('holdsAll')
            : `${t('manifests', { count: manifests })}, ${t('tags', { count: tags })}`,
      },
      { id: 'deleted', title: t('column.deleted'), cell: (entry) => <Deleted entry={entry} /> },
      { id: 'until', title: t('column.until'), cell: ({ expiresAt }) => <When at={expiresAt} /> },
      {
        id: 'actions',
        title: <span className="sr-only">{t('column.actions')}</span>,
        cell: (entry) => {
          const work = (kind: EntryWork['kind']) => () => onWork({ kind, entries: [entry] });
          const restore = { id: 'restore', text: t('restore.button'), icon: ArchiveRestore, onSelect: work('restore') };
          const show = { id: 'show', text: t('contents.button'), icon: List, onSelect: work('show') };
          const end = { id: 'end', text: t('end.button'), icon: Trash2, isDangerous: true, onSelect: work('end') };
          const label = t('actionsFor', { name: nameOf(entry) });
          return <RowMenu label={label} actions={isWhole ? [restore, show, end] : [restore]} />;
        },
      },
    ],
    [t, isWhole, onToggle, onWork],
  );
}

function What({ entry }: { readonly entry: Entry }) {
  const { t } = useTranslation('trash');
  const { kind, repository, tag, digest, firstTag, tags } = entry;
  const shown = tag ?? firstTag;
  return (
    <>
      <StateBadge mood="neutral">{t(`kinds.${kind}`)}</StateBadge>{' '}
      <Link to="/trash" search={{ repository }}>
        {repository}
      </Link>
      {shown !== null && <strong>:{shown}</strong>}
      {tags > 1 && ` ${t('andTags', { count: tags - 1 })}`}
      {tag === null && digest !== null && (
        <>
          {' '}
          <Digest digest={digest} />
        </>
      )}
    </>
  );
}

function Deleted({ entry }: { readonly entry: Entry }) {
  const { t } = useTranslation('trash');
  const cause = useCause();
  const { deletedAt, deletedBy, planId } = entry;
  return (
    <>
      <When at={deletedAt} /> {deletedBy !== '' && t('by', { name: deletedBy })}{' '}
      {planId === null ? (
        cause(entry.cause)
      ) : (
        <Link to="/trash" search={{ plan: planId }}>
          {cause(entry.cause)}
        </Link>
      )}
    </>
  );
}
