import { z } from 'zod';
import type { DeletionOutcome, DeletionRules, DeletionTarget } from '../account.ts';
import { sortedByName } from '../names.ts';
import { ProviderError } from '../provider-error.ts';
import { type GoogleOperation, lastPartOf, OperationAnswer } from './google-answers.ts';
import { type GoogleApi, GoogleError } from './google-api.ts';
import { waitForOperation } from './google-operation.ts';

export const GOOGLE_DELETION: DeletionRules = {
  tag: 'native',
  manifest: true,
  takesTags: true,
  wantsUntagged: false,
  batch: 50,
};

export interface DeletingFromPackage {
  readonly api: GoogleApi;
  /** `projects/…/packages/…` */
  readonly path: string;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

type ManifestTarget = DeletionTarget & { readonly kind: 'manifest' };

/** Codes of operations that have failed. @see google.rpc.Code */
const NOT_FOUND = 5;

/**
 * Tags first, then indexes, then what these named. A version is deleted once the tags are gone that it was known to
 * have, and never by force: what somebody has tagged in the meantime stays.
 */
export async function* deleteFromPackage(
  deleting: DeletingFromPackage,
  targets: readonly DeletionTarget[],
): AsyncGenerator<DeletionOutcome, void> {
  const { named, refused } = sortedByName(targets);
  yield* refused;
  for (const target of named) {
    if (target.kind === 'tag') yield await deleteTag(deleting, target, target.tag);
  }
  const manifests = named.filter((target) => target.kind === 'manifest');
  yield* deleteManifests(
    deleting,
    manifests.filter(({ isIndex }) => isIndex),
  );
  yield* deleteManifests(
    deleting,
    manifests.filter(({ isIndex }) => !isIndex),
  );
}

async function* deleteManifests(
  deleting: DeletingFromPackage,
  targets: readonly ManifestTarget[],
): AsyncGenerator<DeletionOutcome, void> {
  const free: ManifestTarget[] = [];
  for (const target of targets) {
    const refused = await untag(deleting, target);
    if (refused === undefined) free.push(target);
    else yield refused;
  }
  for (let from = 0; from < free.length; from += GOOGLE_DELETION.batch) {
    yield* deleteBatch(deleting, free.slice(from, from + GOOGLE_DELETION.batch));
  }
}

/** `undefined`: it has no tag left of those that it was known to have. */
async function untag(deleting: DeletingFromPackage, target: ManifestTarget): Promise<DeletionOutcome | undefined> {
  for (const tag of target.tags) {
    const outcome = await deleteTag(deleting, target, tag);
    if (outcome.result === 'refused') return outcome;
  }
  return undefined;
}

async function deleteTag(
  { api, path, signal }: DeletingFromPackage,
  target: DeletionTarget,
  tag: string,
): Promise<DeletionOutcome> {
  const request = { method: 'DELETE', path: `${path}/tags/${encodeURIComponent(tag)}`, output: z.object({}) } as const;
  try {
    await api.call({ ...request, what: `deleting the tag ${tag}` }, signal);
    return { target, result: 'deleted' };
  } catch (error) {
    return outcomeOf(target, error);
  }
}

/** All at once where there are several; each of those that this leaves by itself, which says why. */
async function* deleteBatch(
  deleting: DeletingFromPackage,
  targets: readonly ManifestTarget[],
): AsyncGenerator<DeletionOutcome, void> {
  const batch = targets.length > 1 ? await batchDelete(deleting, targets) : undefined;
  for (const target of targets) {
    if (batch === undefined || batch.failed.has(target.digest)) yield await deleteVersion(deleting, target);
    else yield { target, result: batch.isDone ? 'deleted' : 'accepted' };
  }
}

/** `undefined`: it cannot be done at once. */
async function batchDelete(
  { api, path, wait, signal }: DeletingFromPackage,
  targets: readonly ManifestTarget[],
): Promise<{ readonly failed: ReadonlySet<string>; readonly isDone: boolean } | undefined> {
  const names = targets.map(({ digest }) => `${path}/versions/${digest}`);
  const what = `deleting ${targets.length} versions`;
  const request = {
    method: 'POST',
    path: `${path}/versions:batchDelete`,
    body: { names },
    output: OperationAnswer,
  } as const;
  try {
    const operation = await waitForOperation({ api, wait }, await api.call({ ...request, what }, signal), signal);
    if (operation.error !== undefined) return undefined;
    const failed = new Set((operation.metadata?.failedVersions ?? []).map(lastPartOf));
    return { failed, isDone: operation.done === true };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof GoogleError && error.diagnosis !== 'rate-limited' && error.diagnosis !== 'wrong-credentials') {
      return undefined;
    }
    throw error;
  }
}

async function deleteVersion(
  { api, path, wait, signal }: DeletingFromPackage,
  target: ManifestTarget,
): Promise<DeletionOutcome> {
  const request = { method: 'DELETE', path: `${path}/versions/${target.digest}`, output: OperationAnswer } as const;
  try {
    const started = await api.call({ ...request, what: `deleting ${target.digest}` }, signal);
    return ended(target, await waitForOperation({ api, wait }, started, signal));
  } catch (error) {
    return outcomeOf(target, error);
  }
}

function ended(target: ManifestTarget, { done, error }: GoogleOperation): DeletionOutcome {
  if (error?.code === NOT_FOUND) return { target, result: 'gone-already' };
  if (error !== undefined) {
    return {
      target,
      result: 'refused',
      reason: `Google refuses it: ${(error.message ?? `code ${error.code}`).slice(0, 300)}`,
    };
  }
  return { target, result: done === true ? 'deleted' : 'accepted' };
}

/** @throws whatever stands in the way of all the others, too. */
function outcomeOf(target: DeletionTarget, error: unknown): DeletionOutcome {
  if (!(error instanceof ProviderError)) throw error;
  if (error instanceof GoogleError && error.reason === 'NOT_FOUND') return { target, result: 'gone-already' };
  if (error.diagnosis !== 'forbidden' && error.status !== 400 && error.status !== 409) throw error;
  return { target, result: 'refused', reason: error.message };
}
