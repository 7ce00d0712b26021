import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Transaction } from '../metadata/database.ts';
import { recordTagChange } from '../metadata/tag-moves.ts';
import { createTag, findTag, moveTag } from '../metadata/tags.ts';
import type { Digest } from '../oci/digest.ts';
import { ProtectedError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { RepositoryRules } from './rules/repository-rules.ts';

/** Where a tag is to be. */
export interface Placement {
  readonly repositoryId: number;
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly to: Digest;
  readonly rules: RepositoryRules;
  readonly actor: Actor;
  readonly now: Date;
}

/** Others move the tag again and again while we look: more often than this, something else is wrong. */
const MOST_ATTEMPTS = 100;

/**
 * Makes a tag, or moves it, as far as the rules allow, and writes down that it did. Pushes share the lock of their
 * repository, so two of them may come for one tag: each changes only what it has seen and decided about, and looks again
 * when the other was first.
 *
 * @returns what the tag named before; `null`: there was none.
 * @throws {ProtectedError} a rule keeps the tag where it is.
 */
export async function placeTag(tx: Transaction, placement: Placement): Promise<Digest | null> {
  const { repositoryId, tag, to, rules, actor, now } = placement;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const from = (await findTag(tx, repositoryId, tag)) ?? null;
    const reason = rules.whyNotMoveTag({ tag, from, to, actor });
    if (reason !== undefined) throw new ProtectedError(reason);
    const move = { repositoryId, tag, digest: to };
    const isDone = from === null ? await createTag(tx, move, now) : await moveTag(tx, { ...move, from }, now);
    if (!isDone) continue;
    if (from !== to) await record(tx, placement, from);
    return from;
  }
  throw new Error(`tag ${tag} was moved by others ${MOST_ATTEMPTS} times`);
}

async function record(tx: Transaction, placement: Placement, from: Digest | null): Promise<void> {
  const { repositoryId, repository, tag, to, actor, now } = placement;
  const entry = {
    action: from === null ? 'tag.created' : 'tag.moved',
    repository,
    tag,
    digest: to,
    // A push tells of itself: what else moves tags has to be told apart.
    details: { ...(from !== null && { from }), cause: actor.cause },
  };
  await Promise.all([
    recordTagChange(tx, { repositoryId, tag, from, to }, actor, now),
    appendAudit(tx, actor, entry, now),
  ]);
}
