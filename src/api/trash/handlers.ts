import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import { NotInTrashError, type RestoreReport, type RestoreTarget } from '../../registry/trash.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { countTrash, emptyTrash, listTrash, restoreTrash, showTrash } from './contract.ts';
import { entryDocument, restorationDocument, trashPage } from './documents.ts';

interface Which {
  readonly id?: number | undefined;
  readonly planId?: string | undefined;
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

export function trashEndpoints({ trash }: Pick<AdminParts, 'trash'>): readonly Endpoint[] {
  return [
    endpoint(listTrash, ({ repository, q, deletedBy, kind, planId, after, limit }) => {
      const exact = repository === undefined ? undefined : parseRepositoryName(repository);
      const filter = { repository: exact, kind, planId, repositoryPart: q, deletedByPart: deletedBy };
      return trashPage(trash, filter, { after, limit });
    }),
    endpoint(countTrash, () => trash.totals()),
    endpoint(showTrash, async ({ id }) => {
      const { entry, tags, manifests } = await found(() => trash.contents(id, 1000));
      return { entry: entryDocument(entry), tags: [...tags], manifests: [...manifests] };
    }),
    endpoint(restoreTrash, async (which, { actor }) =>
      restorationDocument(await restored(() => trash.restore(targetOf(which), actor))),
    ),
    endpoint(emptyTrash, async ({ id, repository }, { actor }) => ({
      entries: await trash.empty(
        {
          ...(id !== undefined && { id }),
          ...(repository !== undefined && { repository: parseRepositoryName(repository) }),
        },
        actor,
      ),
    })),
  ];
}

/** Exactly one thing, by one of its names. */
export function targetOf({ id, planId, repository, tag, digest }: Which): RestoreTarget {
  const named = [id, planId, repository].filter((name) => name !== undefined).length;
  const parts = [tag, digest].filter((part) => part !== undefined).length;
  if (named !== 1 || parts > 1 || (parts === 1 && repository === undefined)) {
    throw new ProblemError(
      400,
      'INPUT_INVALID',
      'Say one of: id, planId, repository, repository and tag, repository and digest.',
    );
  }
  if (id !== undefined) return { id };
  if (planId !== undefined) return { planId };
  const name = parseRepositoryName(repository ?? '');
  if (tag !== undefined) return { repository: name, tag: parseTag(tag) };
  return digest === undefined ? { repository: name } : { repository: name, digest: parseDigest(digest) };
}

export function restored(work: () => Promise<RestoreReport>): Promise<RestoreReport> {
  return found(work);
}

async function found<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotInTrashError) throw new ProblemError(404, 'TRASH_UNKNOWN', `${error.message}.`);
    throw error;
  }
}
