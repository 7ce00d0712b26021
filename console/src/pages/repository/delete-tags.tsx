import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { deleteContent, foreseeDeletion, restoreInRepository } from '../../../../src/api/repositories/contract.ts';
import { call } from '../../api/call.ts';
import { ApiProblem } from '../../api/problem.ts';
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
  const deleted = useRef(new Map<string, number | undefined>());
  const remove = async (signal: AbortSignal): Promise<void> => {
    const before = deleted.current.size;
    try {
      // After a failure it goes on where it stopped.
      for (const tag of tags.filter((one) => !deleted.current.has(one))) {
        if (signal.aborted) return;
        deleted.current.set(tag, await deleteTag(repository, tag));
      }
    } finally {
      await refresh();
      const entries = [...deleted.current.values()].slice(before).filter((id) => id !== undefined);
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
      isWaiting={foreseen.isPending}
      isStoppable
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

/** @returns its entry in the trash; `undefined`: somebody else was faster. */
async function deleteTag(repository: string, tag: string): Promise<number | undefined> {
  try {
    return (await call<typeof deleteContent>('POST', DELETION, { repository, tag })).trash.id;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  }
}

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
