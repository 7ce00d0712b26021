import { Button } from '@ovhcloud/ods-react';
import { getRouteApi } from '@tanstack/react-router';
import { ArchiveRestore } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry } from '../../../../src/api/trash/contract.ts';
import { Datagrid } from '../../ui/datagrid.tsx';
import { useSelection } from '../../ui/selection.ts';
import { SelectionBar } from '../../ui/selection-bar.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { EndEntry } from './end-entry.tsx';
import { EntryContents } from './entry-contents.tsx';
import { RestoreEntries } from './restore-entries.tsx';
import { useTrashColumns, type EntryWork } from './trash-columns.tsx';
import { useTrash } from './trash-query.ts';

const route = getRouteApi('/trash');

/** The entries, newest first. @param isWhole of all repositories, and not of one. */
export function TrashGrid({ isWhole }: { readonly isWhole: boolean }) {
  const { t } = useTranslation('trash');
  const search = route.useSearch();
  const { list, rows } = useTrash(search, isWhole);
  const order = useMemo(() => rows?.map(({ id }) => String(id)) ?? [], [rows]);
  const { selected, toggle, clear } = useSelection(order);
  const [work, setWork] = useState<EntryWork>();
  const columns = useTrashColumns({ isWhole, onToggle: toggle, onWork: setWork });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const chosen = rows?.filter(({ id }) => selected.has(String(id))) ?? [];
  const isNarrowed = [search.q, search.by, search.kind, search.plan].some((part) => part !== '');
  return (
    <>
      <Datagrid
        label={t('title')}
        columns={columns}
        rows={rows}
        idOf={({ id }) => String(id)}
        selected={selected}
        pages={list}
        empty={
          <Empty title={isNarrowed ? t('noneFound') : t('empty')}>
            <p>{isNarrowed ? t('noneFoundLead') : t('emptyLead')}</p>
          </Empty>
        }
      />
      {chosen.length > 0 && (
        <SelectionBar
          label={t('selection.label')}
          text={t('selection.count', { count: chosen.length })}
          clear={t('selection.clear')}
          onClear={clear}
        >
          <Button size="sm" onClick={() => setWork({ kind: 'restore', entries: chosen })}>
            <ArchiveRestore size={16} aria-hidden /> {t('restore.button')}
          </Button>
        </SelectionBar>
      )}
      {work !== undefined && (
        <Work
          work={work}
          isWhole={isWhole}
          onClose={() => {
            setWork(undefined);
            clear();
          }}
        />
      )}
    </>
  );
}

interface WorkProps {
  readonly work: EntryWork;
  readonly isWhole: boolean;
  readonly onClose: () => void;
}

/** The window of what was chosen from the menu of an entry, or for several. */
function Work({ work, isWhole, onClose }: WorkProps) {
  const [first] = work.entries as readonly [Entry];
  if (work.kind === 'restore') return <RestoreEntries entries={work.entries} isWhole={isWhole} onClose={onClose} />;
  if (work.kind === 'end') return <EndEntry entry={first} onClose={onClose} />;
  return <EntryContents entry={first} onClose={onClose} />;
}
