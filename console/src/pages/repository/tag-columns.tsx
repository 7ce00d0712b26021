import { Link } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { TagDocument } from '../../../../src/api/tags/contract.ts';
import { useSession } from '../../app/session.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/datagrid.tsx';
import { Digest } from '../../ui/digest.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { When } from '../../ui/when.tsx';
import { useFormat } from '../../words/format.ts';
import { writeReference } from '../image/reference.ts';
import { Platforms } from './platforms.tsx';
import { TagFlags } from './tag-flags.tsx';

interface TagColumnsOptions {
  readonly repository: string;
  readonly mayDelete: boolean;
  readonly onToggle: (tag: string, isRange: boolean) => void;
  readonly onDelete: (tags: readonly string[]) => void;
}

export function useTagColumns(options: TagColumnsOptions): readonly Column<TagDocument>[] {
  const { repository, mayDelete, onToggle, onDelete } = options;
  const { t } = useTranslation('repository');
  const format = useFormat();
  const { registry } = useSession().instance;
  return useMemo(() => {
    const choosing: Column<TagDocument> = {
      id: 'choose',
      title: <span className="sr-only">{t('column.choose')}</span>,
      cell: ({ name }, isSelected) => (
        <input
          type="checkbox"
          aria-label={t('choose', { name })}
          checked={isSelected}
          onClick={({ shiftKey }) => onToggle(name, shiftKey)}
          onChange={() => undefined}
        />
      ),
    };
    const shown: readonly Column<TagDocument>[] = [
      {
        id: 'name',
        title: t('column.tag'),
        isSortable: true,
        cell: (tag) => (
          <>
            <Link to="/images/$" params={{ _splat: writeReference({ repository, reference: tag.name }) }}>
              {tag.name}
            </Link>{' '}
            <TagFlags tag={tag} />
          </>
        ),
      },
      { id: 'digest', title: t('column.digest'), cell: ({ digest }) => <Digest digest={digest} /> },
      { id: 'platforms', title: t('column.platforms'), cell: (tag) => <Platforms tag={tag} /> },
      {
        id: 'size',
        title: t('column.size'),
        align: 'end',
        cell: ({ bytes }) => (bytes === null ? '' : format.bytes(bytes)),
      },
      {
        id: 'pushed',
        title: t('column.pushed'),
        isSortable: true,
        cell: ({ updatedAt, setBy }) => (
          <>
            <When at={updatedAt} /> {setBy !== null && setBy !== '' && t('by', { name: setBy })}
          </>
        ),
      },
      {
        id: 'pulled',
        title: t('column.pulled'),
        isSortable: true,
        cell: ({ lastPulledAt }) => (lastPulledAt === null ? t('never') : <When at={lastPulledAt} />),
      },
      {
        id: 'actions',
        title: <span className="sr-only">{t('column.actions')}</span>,
        cell: ({ name }) => (
          <>
            <CopyButton text={`docker pull ${registry}/${repository}:${name}`} label={`docker pull …:${name}`} />
            <RowMenu
              label={t('actionsFor', { name })}
              actions={
                mayDelete
                  ? [
                      {
                        id: 'delete',
                        text: t('selection.delete'),
                        icon: Trash2,
                        isDangerous: true,
                        onSelect: () => onDelete([name]),
                      },
                    ]
                  : []
              }
            />
          </>
        ),
      },
    ];
    return [choosing, ...shown];
  }, [t, format, registry, repository, mayDelete, onToggle, onDelete]);
}
