import { systemActor } from '../metadata/actor.ts';
import type { Queryable } from '../metadata/database.ts';
import { listDeletable } from '../metadata/deletable-manifests.ts';
import { listExpired, type ExpiredManifest, type ExpiryKey } from '../metadata/expired-manifests.ts';
import { listDigestTags } from '../metadata/garbage-cascade.ts';
import { listOrphans, type Orphan, type TrashedKey } from '../metadata/trash-orphans.ts';
import { listUntagged, type ManifestKey, type UntaggedManifest } from '../metadata/untagged-manifests.ts';
import type { Digest } from '../oci/digest.ts';
import { beginningOfDigestTag, digestTagBeginning } from '../oci/digest-tag.ts';
import type { Deletions, DeletionTarget } from '../registry/deletions.ts';
import type { Rules } from '../registry/rules/rules.ts';
import { mayGoBy, targetsOf } from './deleting.ts';
import { ForeseenManifests, type GoneFrom } from './foreseen-manifests.ts';
import { withThoseLeftAlone } from './left-alone.ts';
import { walkLooking } from './walk.ts';

export interface ForeseeManifestsParts {
  readonly deletions: Pick<Deletions, 'foresee'>;
  readonly rules: Pick<Rules, 'at'>;
}

export interface ForeseeManifestsOptions {
  readonly deleteUntagged: boolean;
  readonly before: Date;
  readonly now: Date;
  readonly signal: AbortSignal;
}

const ROWS = 500;
const rows = (): number => ROWS;

/** Which manifests a collection would move into the trash, in the order of its phases. @returns them, and how many expire. */
export async function foreseeManifests(
  parts: ForeseeManifestsParts,
  facts: Queryable,
  options: ForeseeManifestsOptions,
): Promise<{ readonly gone: ForeseenManifests; readonly expired: number }> {
  const scene = { ...parts, ...options, facts, gone: new ForeseenManifests() };
  await foreseeExpired(scene);
  const expired = scene.gone.size;
  if (options.deleteUntagged) await foreseeUntagged(scene);
  await foreseeOrphans(scene);
  return { gone: scene.gone, expired };
}

interface Scene extends ForeseeManifestsParts, ForeseeManifestsOptions {
  readonly facts: Queryable;
  readonly gone: ForeseenManifests;
}

async function foreseeExpired(scene: Scene): Promise<void> {
  const { facts, now } = scene;
  const actor = systemActor('expiry');
  for await (const expired of walkLooking<ExpiredManifest, ExpiryKey>(
    facts,
    (db, stretch) => listExpired(db, now, stretch),
    rows,
  )) {
    scene.signal.throwIfAborted();
    for (const [repository, some] of Map.groupBy(expired, (one) => one.repository)) {
      const from = scene.gone.of(some[0]?.repositoryId ?? 0, repository);
      const digests = some.map(({ digest }) => digest);
      await addJudged(scene, from, { targets: await listDeletable(facts, from.repositoryId, digests), actor });
    }
  }
}

async function foreseeUntagged(scene: Scene): Promise<void> {
  const { facts, before, now } = scene;
  for await (const untagged of walkLooking<UntaggedManifest, ManifestKey>(
    facts,
    (db, stretch) => listUntagged(db, before, stretch),
    rows,
  )) {
    scene.signal.throwIfAborted();
    for (const { repositoryId, repository, digest } of untagged) {
      scene.gone.of(repositoryId, repository).digests.add(digest);
    }
  }
  for (const from of scene.gone.repositories) {
    const { repositoryId, repository } = from;
    const mayGo = mayGoBy(await scene.rules.at(facts, repository), { before, now });
    const found = await listDeletable(facts, repositoryId, [...from.digests]);
    const going = found.filter(mayGo).map(({ digest }) => digest);
    const all = await withThoseLeftAlone(facts, { repositoryId, going, mayGo });
    from.digests.clear();
    const targets = [...found.map(({ digest, tags }) => ({ digest, tags })), ...untaggedTargets(all)];
    await addJudged(scene, from, { targets, actor: systemActor('garbage-collection') });
  }
}

/** What would join entries of the trash; and what would join that, too. */
async function foreseeOrphans(scene: Scene): Promise<void> {
  const { facts, before, now } = scene;
  const actor = systemActor('garbage-collection');
  const joining = new Map<GoneFrom, Digest[]>();
  for await (const orphans of walkLooking<Orphan, TrashedKey>(
    facts,
    (db, stretch) => listOrphans(db, before, stretch),
    rows,
  )) {
    scene.signal.throwIfAborted();
    for (const [repository, some] of Map.groupBy(orphans, (one) => one.repository)) {
      const from = scene.gone.of(some[0]?.repositoryId ?? 0, repository);
      const joined = await addJudged(scene, from, { targets: targetsOf(some), actor });
      joining.set(from, [...(joining.get(from) ?? []), ...joined]);
    }
  }
  // What goes just now has no grace time behind it, unless none was wanted.
  const hasNoGrace = before.getTime() >= now.getTime();
  for (const from of scene.gone.repositories) {
    await addFollowers(scene, from, hasNoGrace ? [...from.digests] : (joining.get(from) ?? []));
  }
}

async function addFollowers(scene: Scene, from: GoneFrom, leaders: readonly Digest[]): Promise<void> {
  const { facts, before, now } = scene;
  const { repositoryId, repository } = from;
  const mayGo = mayGoBy(await scene.rules.at(facts, repository), { before, now });
  const actor = systemActor('garbage-collection');
  let latest = leaders;
  while (latest.length > 0) {
    scene.signal.throwIfAborted();
    const known = new Set(from.digests);
    const all = await withThoseLeftAlone(facts, { repositoryId, going: [...known], mayGo });
    const left = new Set([...all].filter((digest) => !known.has(digest)));
    const targets = [...untaggedTargets(left), ...(await taggedFor(scene, from, [...latest, ...left]))];
    latest = (await addJudged(scene, from, { targets, actor })).filter((digest) => !known.has(digest));
  }
}

/** Manifests that are there only by tags which say that they belong to one of these. */
async function taggedFor(
  { facts, before }: Scene,
  { repositoryId }: GoneFrom,
  subjects: readonly Digest[],
): Promise<readonly DeletionTarget[]> {
  const named: Digest[] = [];
  for (const subject of subjects) {
    const tags = await listDigestTags(facts, repositoryId, { beginning: digestTagBeginning(subject), before });
    named.push(...tags.filter(({ name }) => beginningOfDigestTag(name) !== undefined).map(({ digest }) => digest));
  }
  const beginnings = new Set(subjects.map(digestTagBeginning));
  const found = await listDeletable(facts, repositoryId, [...new Set(named)]);
  return found.filter(({ tags }) => tags.every((tag) => beginnings.has(beginningOfDigestTag(tag) ?? '')));
}

async function addJudged(
  { deletions, facts }: Scene,
  from: GoneFrom,
  order: Parameters<Deletions['foresee']>[2],
): Promise<readonly Digest[]> {
  const { going, keepSeconds, unlinksBefore } = await deletions.foresee(facts, from.repository, order);
  for (const digest of going) from.digests.add(digest);
  Object.assign(from, { keepSeconds, unlinksBefore });
  return going;
}

function untaggedTargets(digests: ReadonlySet<Digest>): readonly DeletionTarget[] {
  return [...digests].map((digest) => ({ digest, tags: [] }));
}
