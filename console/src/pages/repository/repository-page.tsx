import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { showRepository } from '../../../../src/api/repositories/contract.ts';
import { call } from '../../api/call.ts';
import { useIsDeletionOffered } from '../../app/session.ts';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Figures } from '../../ui/figures.tsx';
import { Page } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { DeleteRepository } from './delete-repository.tsx';
import { PullCommands } from './pull-commands.tsx';
import { TagsGrid } from './tags-grid.tsx';
import css from './repository-page.module.css';

const route = getRouteApi('/repositories/$');

export function RepositoryPage() {
  const { t } = useTranslation('repository');
  const { _splat: name = '' } = route.useParams();
  const format = useFormat();
  const shown = useQuery({
    queryKey: ['repository', name],
    queryFn: ({ signal }) =>
      call<typeof showRepository>('GET', '/api/v1/repositories/{repository}', { repository: name }, signal),
  });
  const repository = shown.data?.repository;
  const mayDelete = useIsDeletionOffered() && repository?.actions.includes('delete') === true;
  const above = (
    <Crumbs here={name}>
      <li>
        <Link to="/repositories">{t('repositories')}</Link>
      </li>
    </Crumbs>
  );
  return (
    <Page
      title={name}
      above={above}
      actions={
        mayDelete &&
        repository !== undefined && (
          <>
            <Link to="/trash" search={{ repository: name }} className={css['trash']}>
              {t('trash')}
            </Link>
            <DeleteRepository repository={repository} />
          </>
        )
      }
    >
      {shown.isError && <Failed error={shown.error} onRetry={() => void shown.refetch()} />}
      {shown.isPending && <Loading lines={2} />}
      {repository !== undefined && (
        <>
          <Figures
            figures={[
              { label: t('tags'), value: format.number(repository.tags) },
              { label: t('size'), value: format.bytes(repository.bytes) },
              { label: t('unique'), value: format.bytes(repository.uniqueBytes) },
              { label: t('pushed'), value: repository.pushedAt === null ? '–' : format.ago(repository.pushedAt) },
              {
                label: t('pulled'),
                value: repository.pulledAt === null ? t('never') : format.ago(repository.pulledAt),
              },
            ]}
          />
          <PullCommands repository={name} />
          <TagsGrid key={name} repository={repository} mayDelete={mayDelete} />
        </>
      )}
    </Page>
  );
}
