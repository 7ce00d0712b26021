import type { KeptItem } from '../../plans/deleting.ts';
import type { PlanChange } from '../../plans/changes.ts';
import type { RemoteSource } from '../../clean-up/remote-source.ts';
import type { PlanSource } from '../../plans/plan.ts';
import type { PlanProgress } from '../../plans/plans.ts';
import type { PlacedItem, Plan } from '../../plans/stored-plan.ts';
import type { PlanItemReply, PlanReply, PlanSourceReply } from './contract.ts';

export function planReply(plan: Plan<PlanSource | RemoteSource>): PlanReply {
  const { id, digest, state, summary, createdBy, result } = plan;
  return {
    id,
    digest,
    source: plan.source.kind === 'remote' ? remoteReply(plan.source) : sourceReply(plan.source),
    state: state === 'building' ? 'open' : state,
    summary,
    createdAt: plan.createdAt.toISOString(),
    expiresAt: plan.expiresAt.toISOString(),
    createdBy,
    appliedAt: plan.appliedAt?.toISOString() ?? null,
    appliedBy: plan.appliedBy ?? null,
    result: result === undefined ? null : { manifests: result.manifests, tags: result.tags, kept: result.kept },
  };
}

function remoteReply({ wanted, madeBy: _madeBy, ...source }: RemoteSource): PlanSourceReply {
  return { ...source, wanted: sourceReply(wanted) };
}

function sourceReply(source: PlanSource): Exclude<PlanSourceReply, { readonly kind: 'remote' }> {
  if (source.kind === 'policy') {
    return { kind: 'policy', policy: { ...source.policy, patterns: [...source.policy.patterns] } };
  }
  const { tags, digests, ...selection } = source.selection;
  return {
    kind: 'selection',
    selection: {
      ...selection,
      ...(tags !== undefined && { tags: [...tags] }),
      ...(digests !== undefined && { digests: [...digests] }),
    },
  };
}

export function itemReply({ position, item }: PlacedItem): PlanItemReply {
  return { position, ...item, tags: [...item.tags], blockedBy: [...item.blockedBy] };
}

/** Lines that are told in any case. */
export type PlanLine =
  | ({ readonly event: 'kept' } & KeptItem)
  | { readonly event: 'changed'; readonly change: Omit<PlanChange, 'tags'> & { tags: string[] } };

export function changeLine(change: PlanChange): PlanLine {
  return { event: 'changed', change: { ...change, tags: [...change.tags] } };
}

/** What is told of how far it is. */
export function progressReply(progress: PlanProgress) {
  if (progress.phase === 'evaluating') return progress;
  const { phase, planned, manifests } = progress;
  return { phase, planned, manifests };
}
