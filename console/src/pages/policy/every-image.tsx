import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { DecidedImageReply } from '../../../../src/api/policies/contract.ts';
import { Datagrid, type Column } from '../../ui/datagrid.tsx';
import { Digest } from '../../ui/digest.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { Empty, Failed } from '../../ui/states.tsx';
import { When } from '../../ui/when.tsx';
import type { PolicyValues } from './policy-values.ts';
import { useDecisions } from './use-preview.ts';

/** Every image, with what becomes of it and why: also those that stay. */
export function EveryImage({ values }: { readonly values: PolicyValues }) {
  const { t } = useTranslation('policy');
  const { list, images } = useDecisions(values);
  const columns = useColumns();
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Datagrid
      label={t('preview.every')}
      columns={columns}
      rows={images}
      idOf={({ repository, digest }) => `${repository}@${digest}`}
      pages={list}
      empty={<Empty title={t('preview.noImage')} />}
    />
  );
}

/** Reasons are sentences of the server. */
function useColumns(): readonly Column<DecidedImageReply>[] {
  const { t } = useTranslation('policy');
  return useMemo(
    () => [
      {
        id: 'fate',
        title: t('preview.fate'),
        cell: ({ goes }) => (
          <StateBadge mood={goes ? 'bad' : 'good'}>{goes ? t('preview.goes') : t('preview.stays')}</StateBadge>
        ),
      },
      { id: 'image', title: t('preview.image'), cell: (image) => <Image image={image} /> },
      {
        id: 'why',
        title: t('preview.why'),
        cell: ({ reason, blockedBy }) => <span lang="en">{blockedBy.length > 0 ? blockedBy.join('; ') : reason}</span>,
      },
      { id: 'pushed', title: t('preview.pushed'), cell: ({ pushedAt }) => <When at={pushedAt} /> },
      {
        id: 'pulled',
        title: t('preview.pulled'),
        cell: ({ lastPulledAt }) => (lastPulledAt === null ? t('preview.never') : <When at={lastPulledAt} />),
      },
    ],
    [t],
  );
}

function Image({ image: { repository, digest, tags, goingTags } }: { readonly image: DecidedImageReply }) {
  const { t } = useTranslation('policy');
  return (
    <>
      {repository} <strong>{tags.join(' ')}</strong> <Digest digest={digest} />
      {goingTags.length > 0 && t('preview.losing', { tags: goingTags.join(', ') })}
    </>
  );
}
