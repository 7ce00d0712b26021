import { deleteStalePulls, findPullsEnd } from '../metadata/stale-rows.ts';
import type { RepositoryContentKey } from '../metadata/repository-content-range.ts';
import { findLastRepository } from '../metadata/repositories.ts';
import type { PurgeKey } from '../metadata/trash-purge.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { expiredManifests, orphanedManifests, untaggedManifests, type DeletingParts } from './deleting.ts';
import { emptyRepositories, staleDetails, unlinkedBlobs, unnamedContents, unnamedLinks } from './forget.ts';
import { expireIdleUploads, type IdleUploadsParts } from './idle-uploads.ts';
import { listLeftovers, removeLeftover, type LeftoversParts } from './leftovers.ts';
import type { Phase, PhaseContext, PhaseName, Step } from './phase.ts';
import { purgeTimes, purgeTrash } from './purge.ts';
import { sweepForgotten, type SweepParts } from './sweep.ts';
import { shareOf, walkForgetting } from './walk.ts';

export interface PhasesParts extends DeletingParts {
  readonly store: IdleUploadsParts['store'] & LeftoversParts['store'];
  readonly uploads: IdleUploadsParts['uploads'] & LeftoversParts['uploads'];
  readonly sweepDelaySeconds?: number;
  readonly cache: { forget(repository: RepositoryName): void };
}

export interface PhasesOptions {
  readonly deleteUntagged: boolean;
  /** Also what could still be restored. */
  readonly purge: boolean;
  readonly graceSeconds: number;
  readonly uploadIdleSeconds: number;
  /** Whether to look through the store for what crashes left. */
  readonly leftovers: boolean;
}

/** Told of what is gone, after the commit. */
type Settle = (found: readonly { readonly repository: RepositoryName }[]) => void;

const nothing = (): object => ({});

/** The phases of a collection, each of which goes on where it was. */
export function phasesOf(parts: PhasesParts, options: PhasesOptions): Readonly<Record<PhaseName, Phase>> {
  const settle: Settle = (found) => {
    for (const { repository } of found) parts.cache.forget(repository);
  };
  return {
    leftovers: (context) => (options.leftovers ? leftoversPhase(context, parts, options) : none()),
    expired: (context, after) =>
      walkForgetting(context, expiredManifests(parts), {
        after,
        count: (found) => ({ expired: found.length }),
        settle,
      }),
    untagged: (context, after) =>
      options.deleteUntagged
        ? walkForgetting(context, untaggedManifests(parts, context.before), {
            after,
            count: (found) => ({ manifests: found.length }),
            settle,
          })
        : none(),
    orphans: (context, after) => orphansPhase(context, { parts, settle, after }),
    trash: (context, after) => trashPhase(context, { parts, purge: options.purge, after }),
    links: (context, after) =>
      walkForgetting(context, unnamedLinks(context.before), { after, count: (found) => ({ links: found.length }) }),
    blobs: (context, after) =>
      walkForgetting(context, unlinkedBlobs(context.before, parts.now()), {
        after,
        count: (found) => ({ blobs: found.length, bytes: found.reduce((sum, { size }) => sum + size, 0) }),
      }),
    contents: (context, after) => walkForgetting(context, unnamedContents, { after, count: nothing }),
    details: (context, after) => walkForgetting(context, staleDetails, { after, count: nothing }),
    pulls: pullsPhase,
    repositories: (context, after) =>
      walkForgetting(context, emptyRepositories(context.before), { after, count: nothing }),
    uploads: ({ db, signal }) => uploadsPhase(expireIdleUploads({ ...parts, db }, options.uploadIdleSeconds, signal)),
    sweep: ({ db, pacing }) => sweepPhase({ ...parts, db }, () => pacing.rows),
  };
}

async function* none(): AsyncGenerator<Step, void> {}

/** The store tells what it has in an order of its own: it is looked through from the beginning. */
async function* leftoversPhase(
  { db, pacing, signal }: PhaseContext,
  parts: PhasesParts,
  { graceSeconds }: PhasesOptions,
): AsyncGenerator<Step, void> {
  const own = { ...parts, db };
  const between = async (): Promise<void> => {
    signal.throwIfAborted();
    await pacing.rest(signal);
  };
  for await (const leftover of listLeftovers(own, graceSeconds, between)) {
    if (!(await removeLeftover(own, leftover))) return;
    yield { counts: { leftovers: 1, bytes: leftover.size }, after: undefined, share: 0 };
  }
}

/** What joins the trash may leave others alone: until there is nothing to join it. */
async function* orphansPhase(
  context: PhaseContext,
  { parts, settle, after }: Pick<Going, 'parts' | 'after'> & { readonly settle: Settle },
): AsyncGenerator<Step, void> {
  let begin = after;
  let isSettled = false;
  while (!isSettled) {
    isSettled = true;
    const walked = walkForgetting(context, orphanedManifests(parts, context.before), {
      after: begin,
      count: (found) => ({ manifests: found.length }),
      settle,
    });
    for await (const step of walked) {
      if ((step.counts.manifests ?? 0) > 0) isSettled = false;
      yield step;
    }
    // A walk that began in the middle says nothing of what lies before.
    if (begin !== undefined) isSettled = false;
    begin = undefined;
  }
}

interface Going {
  readonly parts: PhasesParts;
  readonly purge: boolean;
  readonly after: string | undefined;
}

async function* trashPhase(
  { db, before, pacing }: PhaseContext,
  { parts, purge, after }: Going,
): AsyncGenerator<Step, void> {
  const times = purgeTimes({ purge, before, now: parts.now() });
  const begin = { after: after === undefined ? undefined : (JSON.parse(after) as PurgeKey), rows: () => pacing.rows };
  for await (const step of purgeTrash(db, times, begin)) {
    yield { counts: { purged: step.entries }, after: JSON.stringify(step.after), share: 0 };
  }
}

async function* pullsPhase({ db, pacing }: PhaseContext, begin: string | undefined): AsyncGenerator<Step, void> {
  const repositories = await findLastRepository(db);
  let after = begin === undefined ? undefined : (JSON.parse(begin) as RepositoryContentKey);
  do {
    const end = await findPullsEnd(db, { after, rows: pacing.rows });
    const start = after;
    await db.transaction((tx) => deleteStalePulls(tx, start, end), { durable: false });
    after = end;
    yield {
      counts: {},
      after: end === undefined ? undefined : JSON.stringify(end),
      share: end === undefined ? 1 : shareOf(end, repositories),
    };
  } while (after !== undefined);
}

async function* uploadsPhase(ended: Promise<number>): AsyncGenerator<Step, void> {
  yield { counts: { uploads: await ended }, after: undefined, share: 1 };
}

async function* sweepPhase(parts: SweepParts, rows: () => number): AsyncGenerator<Step, void> {
  for await (const _ of sweepForgotten(parts, rows)) yield { counts: {}, after: undefined, share: 0 };
}
