import { systemActor, type Cause } from '../metadata/actor.ts';
import type { Queryable } from '../metadata/database.ts';
import { listDeletable } from '../metadata/deletable-manifests.ts';
import { listExpired, type ExpiredManifest, type ExpiryKey } from '../metadata/expired-manifests.ts';
import type { JudgedManifest } from '../metadata/garbage-cascade.ts';
import { repositoryLock } from '../metadata/locks.ts';
import type { RepositoryContentKey } from '../metadata/repository-content-range.ts';
import { listOrphans, type Orphan, type TrashedKey } from '../metadata/trash-orphans.ts';
import { listUntagged, type ManifestKey, type UntaggedManifest } from '../metadata/untagged-manifests.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { Deletions } from '../registry/deletions.ts';
import type { RepositoryRules } from '../registry/rules/repository-rules.ts';
import type { Rules } from '../registry/rules/rules.ts';
import type { Garbage } from './forget.ts';
import { withThoseLeftAlone } from './left-alone.ts';

export interface DeletingParts {
  readonly deletions: Pick<Deletions, 'deleteManyWithin'>;
  readonly rules: Pick<Rules, 'of'>;
  readonly now: () => Date;
}

/** What is deleted is in the trash from then on, like what anybody else deletes. */
interface Deleted extends RepositoryContentKey {
  readonly repository: RepositoryName;
}

/** Images whose time is over. */
export function expiredManifests(parts: DeletingParts): Garbage<Deleted, ExpiryKey> {
  return {
    list: (facts, stretch) => listExpired(facts, parts.now(), stretch),
    lockOf: ({ repository }) => repositoryLock(repository),
    forget: (tx, found) =>
      byRepository(found, async (repository, expired) => {
        const { repositoryId } = expired[0];
        const digests = expired.map(({ digest }) => digest);
        const targets = await listDeletable(tx, repositoryId, digests);
        const { deleted } = await parts.deletions.deleteManyWithin(tx, repository, actedBy('expiry', { targets }));
        return deleted.map((digest) => ({ repository, repositoryId, digest }));
      }),
  };
}

/**
 * Manifests pushed before `before` that no tag, index or subject keeps, and no rule; with each, in one entry of the
 * trash, what only it kept.
 */
export function untaggedManifests(parts: DeletingParts, before: Date): Garbage<Deleted, ManifestKey> {
  return {
    list: (facts, stretch) => listUntagged(facts, before, stretch),
    lockOf: ({ repository }) => repositoryLock(repository),
    forget: (tx, found) =>
      byRepository(found, async (repository, untagged) => {
        const { repositoryId } = untagged[0];
        const mayGo = mayGoBy(await parts.rules.of(tx, repository), { before, now: parts.now() });
        const going = await unprotected(tx, untagged, mayGo);
        const gone = await withThoseLeftAlone(tx, { repositoryId, going, mayGo });
        const targets = [...gone].map((digest) => ({ digest, tags: [] }));
        if (targets.length === 0) return [];
        const order = actedBy('garbage-collection', { targets });
        const { deleted } = await parts.deletions.deleteManyWithin(tx, repository, order);
        return deleted.map((digest) => ({ repository, repositoryId, digest }));
      }),
  };
}

/** What belonged to what is in the trash since `before`, and to nothing else: it joins it, and is restored with it. */
export function orphanedManifests(parts: DeletingParts, before: Date): Garbage<Orphan, TrashedKey> {
  return {
    list: (facts, stretch) => listOrphans(facts, before, stretch),
    lockOf: ({ repository }) => repositoryLock(repository),
    forget: (tx, found) =>
      byRepository(found, async (repository, orphans) => {
        const joined: Orphan[] = [];
        for (const [trashId, some] of Map.groupBy(orphans, (orphan) => orphan.trashId)) {
          const order = { ...actedBy('garbage-collection', { targets: targetsOf(some) }), into: trashId };
          const { deleted } = await parts.deletions.deleteManyWithin(tx, repository, order);
          const gone = new Set(deleted);
          const once = new Map(some.map((orphan) => [orphan.digest, orphan]));
          joined.push(...[...once.values()].filter(({ digest }) => gone.has(digest)));
        }
        return joined;
      }),
  };
}

/** Whether what nothing needs may go. */
export function mayGoBy(
  rules: RepositoryRules,
  { before, now }: { readonly before: Date; readonly now: Date },
): (manifest: Pick<JudgedManifest, 'digest' | 'pushedAt'>) => boolean {
  const actor = systemActor('garbage-collection');
  return ({ digest, pushedAt }) =>
    pushedAt < before.getTime() &&
    rules.whyNotDelete({ digest, tags: [], pushedAt: new Date(pushedAt), actor, now }) === undefined;
}

/** What refers to a manifest that a rule protects is to stay with it: so these are left out before anything is. */
async function unprotected(
  facts: Queryable,
  untagged: readonly UntaggedManifest[],
  mayGo: ReturnType<typeof mayGoBy>,
): Promise<readonly Digest[]> {
  const [first] = untagged;
  if (first === undefined) return [];
  const digests = untagged.map(({ digest }) => digest);
  return (await listDeletable(facts, first.repositoryId, digests)).filter(mayGo).map(({ digest }) => digest);
}

/** One manifest may be there by several tags. */
export function targetsOf(
  orphans: readonly Orphan[],
): readonly { readonly digest: Digest; readonly tags: readonly Tag[] }[] {
  const tags = new Map<Digest, Tag[]>();
  for (const { digest, tag } of orphans) {
    const known = tags.get(digest) ?? [];
    tags.set(digest, tag === null || known.includes(tag) ? known : [...known, tag]);
  }
  return [...tags].map(([digest, some]) => ({ digest, tags: some }));
}

function actedBy<Order>(cause: Cause, order: Order): Order & { readonly actor: ReturnType<typeof systemActor> } {
  return { ...order, actor: systemActor(cause) };
}

async function byRepository<Found extends ExpiredManifest | UntaggedManifest | Orphan, Result>(
  found: readonly Found[],
  work: (repository: RepositoryName, found: readonly [Found, ...Found[]]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const [repository, some] of Map.groupBy(found, (one) => one.repository)) {
    const [first, ...others] = some;
    if (first !== undefined) results.push(...(await work(repository, [first, ...others])));
  }
  return results;
}
