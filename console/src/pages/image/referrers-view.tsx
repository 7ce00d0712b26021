import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '@ovhcloud/ods-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImageReply, listReferrers, ReferrerReply } from '../../../../src/api/images/contract.ts';
import { call } from '../../api/call.ts';
import { Digest } from '../../ui/digest.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import css from './image.module.css';
import { writeReference } from './reference.ts';

/** What is about an image: signatures, lists of parts, attestations, and what is about these. */
export function ReferrersView({ image }: { readonly image: ImageReply }) {
  const { t } = useTranslation('image');
  const { repository, digest } = image;
  const list = useInfiniteQuery({
    queryKey: ['referrers', repository, digest],
    queryFn: ({ pageParam, signal }) =>
      call<typeof listReferrers>(
        'GET',
        '/api/v1/repositories/{repository}/images/{reference}/referrers',
        { repository, reference: digest, after: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading lines={3} />;
  const referrers = list.data.pages.flatMap((page) => page.referrers);
  if (referrers.length === 0) {
    return (
      <Empty title={t('noReferrers')}>
        <p>{t('noReferrersLead')}</p>
      </Empty>
    );
  }
  return (
    <div className={css['view']}>
      <Tree repository={repository} referrers={referrers} />
      {list.hasNextPage && (
        <Button variant="outline" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </div>
  );
}

interface TreeProps {
  readonly repository: string;
  readonly referrers: readonly ReferrerReply[];
}

function Tree({ repository, referrers }: TreeProps) {
  const { t } = useTranslation('image');
  const format = useFormat();
  return (
    <ul className={css['tree']}>
      {referrers.map(({ digest, kind, artifactType, size, tag, referrers: below, hasMore }) => (
        <li key={`${digest} ${tag}`}>
          <div className={css['node']}>
            <Link to="/images/$" params={{ _splat: writeReference({ repository, reference: digest }) }}>
              {t(`kinds.${kind}`)}
            </Link>
            <span>{artifactType}</span>
            <Digest digest={digest} />
            <span>{format.bytes(size)}</span>
          </div>
          {below.length > 0 && <Tree repository={repository} referrers={below} />}
          {hasMore && <p>{t('moreBelow')}</p>}
        </li>
      ))}
    </ul>
  );
}
