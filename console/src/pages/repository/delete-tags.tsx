import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { deleteContent, foreseeDeletion, restoreInRepository } from '../../../../src/api/repositories/contract.ts';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyUndo } from '../../ui/notify.tsx';
import { Failed, Loading } from '../../ui/states.tsx';

/** From so many on, what is about to go has to be said once more. */
const MANY = 10;
/** Of more tags than this it is not foreseen one by one what goes along. */
const FORESEEN = 20;

interface DeleteTagsProps {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly onClose: () => void;
}

/** Says what goes with the tags, deletes them one by one, and offers to bring all of it back. */
export function DeleteTags({ repository, tags, onClose }: DeleteTagsProps) {
  const { t } = useTranslation('repository');
  const queries = useQueryClient();
  const foreseen = useForeseen(repository, tags);
  const remove = async (): Promise<void> => {
    const entries: number[] = [];
    try {
      for (const tag of tags) {
        const { trash } = await call<typeof deleteContent>('POST', DELETION, { repository, tag });
        entries.push(trash.id);
      }
    } finally {
      await refresh();
      if (entries.length > 0) notifyUndo(t('delete.done', { count: entries.length }), () => restore(entries));
    }
  };
  const restore = async (entries: readonly number[]): Promise<void> => {
    for (const id of entries) {
      await call<typeof restoreInRepository>('POST', '/api/v1/repositories/{repository}/restore', { repository, id });
    }
    await refresh();
  };
  const refresh = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ['tags', repository] });
    await queries.invalidateQueries({ queryKey: ['repository', repository] });
  };
  return (
    <ConfirmDialog
      title={t('delete.title', { count: tags.length })}
      verb={t('delete.verb', { count: tags.length })}
      typed={tags.length >= MANY ? repository : undefined}
      onConfirm={remove}
      onClose={onClose}
    >
      {foreseen.error !== undefined && <Failed error={foreseen.error} />}
      {foreseen.isPending && <Loading lines={2} />}
      <ul>
        {foreseen.deletions.map(({ tag, manifests }) => (
          <li key={tag}>
            <strong>{tag}</strong>{' '}
            {manifests.length === 0 ? t('delete.tagAlone') : t('delete.withManifests', { count: manifests.length })}
          </li>
        ))}
      </ul>
      {tags.length > FORESEEN && <p>{t('delete.andMore', { count: tags.length - FORESEEN })}</p>}
      <p>{t('delete.restorable')}</p>
    </ConfirmDialog>
  );
}

const DELETION = '/api/v1/repositories/{repository}/deletion';

function useForeseen(repository: string, tags: readonly string[]) {
  return useQueries({
    queries: tags.slice(0, FORESEEN).map((tag) => ({
      queryKey: ['deletion', repository, tag],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        call<typeof foreseeDeletion>('GET', DELETION, { repository, tag }, signal),
      staleTime: 0,
    })),
    combine: (results) => ({
      isPending: results.some(({ isPending }) => isPending),
      error: results.find(({ error }) => error !== null)?.error ?? undefined,
      deletions: results.flatMap(({ data }) => (data === undefined ? [] : [data])),
    }),
  });
}
