import type { Identity } from '../../auth/identity.ts';
import type { ProjectAction } from '../../auth/principal.ts';
import type { RemotePlans } from '../../clean-up/remote-plans.ts';
import type { RemotePlan } from '../../clean-up/remote-source.ts';
import type { Actor } from '../../metadata/actor.ts';
import type { Digest } from '../../oci/digest.ts';
import { ConnectionNotFoundError } from '../../connections/connection-errors.ts';
import { PlanChangedError, PlanUnknownError } from '../../plans/plan-errors.ts';
import type { Plans } from '../../plans/plans.ts';
import type { Plan } from '../../plans/stored-plan.ts';
import { endpoint, linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { progressLines, type Telling } from '../progress-lines.ts';
import { accessibleConnection } from '../registries/access.ts';
import { pausing } from '../registries/pausing.ts';
import { requireAbility } from '../require-ability.ts';
import { applyPlan, createPlan, discardPlan, listPlanItems, listPlans, showPlan, type PlanReply } from './contract.ts';
import { changeLine, itemReply, planReply, progressReply, type PlanLine } from './plan-reply.ts';

type PlanParts = Pick<AdminParts, 'plans' | 'remotePlans' | 'connections' | 'now' | 'onFailure'>;

export function planEndpoints(parts: PlanParts): readonly Endpoint[] {
  const { plans, remotePlans, connections, now } = parts;
  return [
    endpoint(createPlan, async ({ registry, digests, ...selection }, { actor, identity, signal }) => {
      const wanted = { ...selection, digests: digests as Digest[] | undefined }; // the contract has looked at them
      const source = { kind: 'selection', selection: wanted } as const;
      const work = { actor: byPlan(actor), signal };
      await requirePlansAt(connections, registry, identity);
      if (registry === undefined) return { plan: planReply(await plans.create(source, work)) };
      return { plan: planReply(await pausing(now, () => remotePlans.createOnRequest(registry, source, work))) };
    }),
    endpoint(listPlans, async ({ registry, after, limit }, { identity }) => {
      await requirePlansAt(connections, registry, identity);
      const found =
        registry === undefined ? await plans.list(after, limit) : await remotePlans.list(registry, after, limit);
      return {
        plans: found.map((plan) => planReply(plan)),
        next: found.length < limit ? null : (found.at(-1)?.id ?? null),
      };
    }),
    endpoint(showPlan, async ({ id }, { identity }) => {
      const { plan } = await planFor(parts, { id, action: 'registries:read', identity });
      return { plan: planReply(plan) };
    }),
    endpoint(listPlanItems, async ({ id, after, limit }, { identity }) => {
      const { holder } = await planFor(parts, { id, action: 'registries:read', identity });
      const found = await holder.items(id, placeOf(after), limit);
      const last = found.at(-1)?.position;
      return { items: found.map(itemReply), next: found.length < limit || last === undefined ? null : String(last) };
    }),
    linesEndpoint(applyPlan, async (input, { actor, identity, signal }) => {
      const { holder } = await planFor(parts, { id: input.id, action: 'registries:manage', identity });
      return progressLines<ReturnType<typeof progressReply>, PlanLine, PlanReply>(
        (tell) => apply(holder, { ...input, actor, signal }, tell),
        { ...parts, signal },
      );
    }),
    endpoint(discardPlan, async ({ id }, { identity, record }) => {
      const { plan, holder } = await planFor(parts, { id, action: 'registries:read', identity });
      if (!isTheirs(plan, identity)) await planFor(parts, { id, action: 'registries:manage', identity });
      await holder.discard(id);
      await record({ action: 'plan.discarded', details: { plan: id } });
      return { plan: planReply(plan) };
    }),
  ];
}

type Holder = Pick<Plans | RemotePlans, 'items' | 'apply' | 'discard'>;

/**
 * Whether somebody may plan for a registry, and see its plans.
 *
 * @param registry id of a connected one; `undefined`: this one.
 * @throws {ConnectionNotFoundError} @throws {AccessDeniedError}
 */
async function requirePlansAt(
  connections: PlanParts['connections'],
  registry: string | undefined,
  identity: Identity,
): Promise<void> {
  if (registry === undefined) requireAbility('plan-deletions', identity);
  else await accessibleConnection(connections, registry, 'registries:read', identity);
}

/**
 * A plan, and what can work with it. Those for this registry are the administrators' alone.
 *
 * @throws {PlanUnknownError} there is none, its registry is gone, or whoever asks may not even see it.
 * @throws {AccessDeniedError} they may see it, and not do this.
 */
async function planFor(
  { plans, remotePlans, connections }: PlanParts,
  { id, action, identity }: { readonly id: string; readonly action: ProjectAction; readonly identity: Identity },
): Promise<{ readonly plan: Plan | RemotePlan; readonly holder: Holder }> {
  const remote = await remotePlans.find(id);
  if (remote === undefined) {
    if (!identity.isAdministrator) throw new PlanUnknownError(id);
    return { plan: await plans.get(id), holder: plans };
  }
  try {
    await accessibleConnection(connections, remote.source.connection, action, identity);
  } catch (error) {
    throw error instanceof ConnectionNotFoundError ? new PlanUnknownError(id) : error;
  }
  return { plan: remote, holder: remotePlans };
}

/** Whoever made a plan may take it back until it is applied. */
function isTheirs({ state, source }: Plan | RemotePlan, { principal }: Identity): boolean {
  return state === 'open' && source.kind === 'remote' && source.madeBy === principal.id;
}

interface Applying {
  readonly id: string;
  readonly digest?: string | undefined;
  readonly allowChangePercent?: number | undefined;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

async function apply(
  holder: Holder,
  { id, digest, allowChangePercent, actor, signal }: Applying,
  tell: Telling<ReturnType<typeof progressReply>, PlanLine>,
): Promise<PlanReply> {
  try {
    const applied = await holder.apply(id, {
      actor: byPlan(actor),
      signal,
      digest,
      allowedPercent: allowChangePercent,
      onProgress: (progress) => tell.progress(progressReply(progress)),
      onKept: (kept) => tell.line({ event: 'kept', ...kept }),
    });
    return planReply(applied);
  } catch (error) {
    if (error instanceof PlanChangedError) for (const change of error.changes) tell.line(changeLine(change));
    throw error;
  }
}

/** What a plan deletes is said to have been deleted by it. */
function byPlan(actor: Actor): Actor {
  return { ...actor, cause: 'plan' };
}

/** Nonsense is before all. */
function placeOf(after: string | undefined): number {
  return after !== undefined && /^\d{1,15}$/.test(after) ? Number(after) : -1;
}
