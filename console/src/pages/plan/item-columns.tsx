import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanItemReply } from '../../../../src/api/plans/contract.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { Digest } from '../../ui/digest.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { When } from '../../ui/when.tsx';
import { useFormat } from '../../words/format.ts';

/** Of the items of a plan. Reasons are sentences of the server. @param isHere and not at another registry. */
export function useItemColumns(isHere: boolean): readonly Column<PlanItemReply>[] {
  const { t } = useTranslation('plan');
  const format = useFormat();
  return useMemo(
    () => [
      { id: 'what', title: t('items.fate'), cell: (item) => <Fate item={item} /> },
      { id: 'image', title: t('items.image'), cell: (item) => <Image item={item} isHere={isHere} /> },
      { id: 'why', title: t('items.why'), cell: (item) => <span lang="en">{whyOf(item)}</span> },
      {
        id: 'with',
        title: t('items.with'),
        cell: ({ follows }) => (follows === undefined ? t(`items.alone`) : <Digest digest={follows} />),
      },
      {
        id: 'bytes',
        title: t('items.bytes'),
        align: 'end',
        cell: ({ bytes }) => (bytes === undefined ? '' : format.bytes(bytes)),
      },
      {
        id: 'pushed',
        title: t('items.pushed'),
        cell: ({ pushedAt }) => (pushedAt === undefined ? '' : <When at={pushedAt} />),
      },
      {
        id: 'pulled',
        title: t('items.pulled'),
        cell: ({ lastPull }) => (lastPull === undefined ? t('items.never') : <When at={lastPull.at} />),
      },
    ],
    [t, format, isHere],
  );
}

function Fate({ item: { action, kind, role, skipped } }: { readonly item: PlanItemReply }) {
  const { t } = useTranslation('plan');
  if (action === 'keep' || skipped !== undefined) return <StateBadge mood="good">{t('items.stays')}</StateBadge>;
  return (
    <>
      <StateBadge mood="bad">{t('items.goes')}</StateBadge> {kind === 'tag' ? t('items.tagsOnly') : t(`role.${role}`)}
    </>
  );
}

interface ImageProps {
  readonly item: PlanItemReply;
  readonly isHere: boolean;
}

function Image({ item: { repository, digest, tags }, isHere }: ImageProps) {
  return (
    <>
      {isHere ? (
        <Link to="/repositories/$" params={{ _splat: repository }}>
          {repository}
        </Link>
      ) : (
        repository
      )}{' '}
      <strong>{tags.join(' ')}</strong> <Digest digest={digest} />
    </>
  );
}

/** What keeps it is more than what would have taken it. */
function whyOf({ reason, blockedBy, skipped }: PlanItemReply): string {
  if (skipped !== undefined) return skipped;
  if (blockedBy.length > 0) return blockedBy.join('; ');
  return reason;
}
