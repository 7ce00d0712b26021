import { appendAudit } from '../metadata/audit.ts';
import type { Actor } from '../metadata/actor.ts';
import type { Transaction } from '../metadata/database.ts';
import { joinQuotas } from '../metadata/quota-members.ts';
import { deleteRepositories, ensureRepository } from '../metadata/repositories.ts';
import { recordTagChange } from '../metadata/tag-moves.ts';
import { renewUnkept } from '../metadata/trash-restore.ts';
import { deleteTrash } from '../metadata/trash.ts';
import {
  findTrashedRepository,
  listLostTags,
  measureRepository,
  mergeRepositories,
  returnRepository,
} from '../metadata/trashed-repositories.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { checkQuotas } from './quotas.ts';
import type { KeptTag } from './restore-selection.ts';

export interface RepositoryRestoration {
  readonly tx: Transaction;
  readonly trashId: number;
  readonly repository: RepositoryName;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Gives a repository its name back. If there is one of that name by now, what that one holds joins the old one, and its
 * tags win: so the cost is that of the new one, whatever the old one holds.
 *
 * @returns the tags that were not restored: they name now what they named in the new one.
 * @throws {QuotaExceededError}
 */
export async function restoreRepository(scene: RepositoryRestoration): Promise<readonly KeptTag[]> {
  const { tx, trashId, repository, actor, now } = scene;
  const trashed = await findTrashedRepository(tx, trashId);
  if (trashed === undefined) throw new Error(`trash entry ${trashId} has lost its repository`);
  const merge = { from: await ensureRepository(tx, repository, now), into: trashed.id };
  const addition = (): ReturnType<typeof measureRepository> => measureRepository(tx, trashed.id);
  await checkQuotas(tx, merge.from, addition, { actor, now });
  const lost = await listLostTags(tx, merge);
  await deleteRepositories(tx, [merge.from]);
  await returnRepository(tx, trashed);
  await joinQuotas(tx, trashed);
  await mergeRepositories(tx, merge);
  for (const { tag, digest, winner } of lost) {
    await recordTagChange(tx, { repositoryId: trashed.id, tag, from: digest, to: winner }, actor, now);
  }
  // What no tag names any more is looked at in peace, before garbage collection takes it.
  await renewUnkept(tx, trashed.id, { digests: [...new Set(lost.map(({ digest }) => digest))], now });
  await deleteTrash(tx, trashId);
  const details = { trash: trashId, keptTags: lost.length };
  await appendAudit(tx, actor, { action: 'repository.restored', repository, details }, now);
  return lost.map(({ tag, digest, winner }) => ({ tag, digest: winner, trashed: digest }));
}
