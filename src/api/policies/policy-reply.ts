import type { PolicyRun, StoredPolicy } from '../../policies/policy.ts';
import type { Identity } from '../../auth/identity.ts';
import { mayManagePolicy } from './access.ts';
import type { DecidedImage } from '../../plans/decisions.ts';
import type { DecidedImageReply, PolicyReply, PolicyRunReply } from './contract.ts';

/** For somebody who may see it. */
export function policyReply(policy: StoredPolicy, identity: Identity): PolicyReply {
  const { name, registry, kind, patterns, document, schedule, timeZone, isEnabled, isDryRun, createdBy } = policy;
  return {
    name,
    registry: registry === undefined ? null : { id: registry.id, name: registry.name },
    kind,
    patterns: [...patterns],
    document,
    schedule: schedule ?? null,
    timeZone,
    isEnabled,
    isDryRun,
    nextRunAt: policy.nextRunAt?.toISOString() ?? null,
    createdAt: policy.createdAt.toISOString(),
    updatedAt: policy.updatedAt.toISOString(),
    createdBy,
    abilities: mayManagePolicy(policy, identity) ? ['read', 'manage'] : ['read'],
  };
}

export function runReply({
  id,
  trigger,
  startedAt,
  endedAt,
  state,
  planId,
  summary,
  error,
}: PolicyRun): PolicyRunReply {
  return {
    id,
    trigger,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    state,
    planId: planId ?? null,
    summary: summary ?? null,
    error: error ?? null,
  };
}

export function decidedImageReply({ pushedAt, pulledAt, ...image }: DecidedImage): DecidedImageReply {
  return {
    ...image,
    tags: [...image.tags],
    goingTags: [...image.goingTags],
    blockedBy: [...image.blockedBy],
    pushedAt: new Date(pushedAt).toISOString(),
    lastPulledAt: pulledAt === null ? null : new Date(pulledAt).toISOString(),
  };
}
