import type { Actor } from '../metadata/actor.ts';
import type { Transaction } from '../metadata/database.ts';
import { findNewestPush } from '../metadata/deletable-manifests.ts';
import { findDepths } from '../metadata/manifests.ts';
import { findTagged } from '../metadata/many-rows.ts';
import { listTagNames } from '../metadata/tags.ts';
import type { RepositoryRules } from './rules/repository-rules.ts';

/** A repository that is to go with all it holds. */
export interface WholeRepository {
  readonly tx: Transaction;
  readonly repositoryId: number;
  readonly rules: RepositoryRules;
  readonly actor: Actor;
  readonly now: Date;
}

const TAGS_AT_ONCE = 1000;

/**
 * Why the repository may not be deleted: the first thing in it that a rule protects. Only where there are such rules it is
 * looked through.
 */
export async function whyRepositoryStays(repository: WholeRepository): Promise<string | undefined> {
  if (!repository.rules.protectsAnything) return undefined;
  return (await whyTagsStay(repository)) ?? (await whyPinnedStay(repository)) ?? (await whyYoungStay(repository));
}

async function whyTagsStay({ tx, repositoryId, rules, actor }: WholeRepository): Promise<string | undefined> {
  if (rules.of('immutable').length === 0 && rules.of('protected').length === 0) return undefined;
  let after = '';
  for (;;) {
    const tags = await listTagNames(tx, repositoryId, after, TAGS_AT_ONCE);
    for (const [tag, from] of await findTagged(tx, repositoryId, tags)) {
      const reason = rules.whyNotMoveTag({ tag, from, to: null, actor });
      if (reason !== undefined) return reason;
    }
    const last = tags.at(-1);
    if (last === undefined || tags.length < TAGS_AT_ONCE) return undefined;
    after = last;
  }
}

async function whyPinnedStay({ tx, repositoryId, rules, actor, now }: WholeRepository): Promise<string | undefined> {
  const pinned = rules.of('pinned').map(({ settings }) => settings.digest);
  const here = await findDepths(tx, repositoryId, pinned);
  const [digest] = here.keys();
  return digest === undefined ? undefined : rules.whyNotDelete({ digest, tags: [], pushedAt: now, actor, now });
}

async function whyYoungStay({ tx, repositoryId, rules, actor, now }: WholeRepository): Promise<string | undefined> {
  if (rules.of('age-floor').length === 0) return undefined;
  const newest = await findNewestPush(tx, repositoryId);
  if (newest === undefined) return undefined;
  const { digest, pushedAt } = newest;
  return rules.whyNotDelete({ digest, tags: [], pushedAt: new Date(pushedAt), actor, now });
}
