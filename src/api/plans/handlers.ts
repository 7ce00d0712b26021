import type { Actor } from '../../metadata/actor.ts';
import type { Digest } from '../../oci/digest.ts';
import { PlanChangedError } from '../../plans/plan-errors.ts';
import { endpoint, linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { progressLines, type Telling } from '../progress-lines.ts';
import { applyPlan, createPlan, discardPlan, listPlanItems, listPlans, showPlan, type PlanReply } from './contract.ts';
import { changeLine, itemReply, planReply, progressReply, type PlanLine } from './plan-reply.ts';

type PlanParts = Pick<AdminParts, 'plans' | 'now' | 'onFailure'>;

export function planEndpoints(parts: PlanParts): readonly Endpoint[] {
  const { plans } = parts;
  return [
    endpoint(createPlan, async ({ digests, ...selection }, { actor, signal }) => {
      const source = { ...selection, digests: digests as Digest[] | undefined }; // the contract has looked at them
      const work = { actor: byPlan(actor), signal };
      return { plan: planReply(await plans.create({ kind: 'selection', selection: source }, work)) };
    }),
    endpoint(listPlans, async ({ after, limit }) => {
      const found = await plans.list(after, limit);
      return { plans: found.map(planReply), next: found.length < limit ? null : (found.at(-1)?.id ?? null) };
    }),
    endpoint(showPlan, async ({ id }) => ({ plan: planReply(await plans.get(id)) })),
    endpoint(listPlanItems, async ({ id, after, limit }) => {
      const found = await plans.items(id, placeOf(after), limit);
      const last = found.at(-1)?.position;
      return { items: found.map(itemReply), next: found.length < limit || last === undefined ? null : String(last) };
    }),
    linesEndpoint(applyPlan, async (input, { actor, signal }) => {
      await plans.get(input.id);
      return progressLines<ReturnType<typeof progressReply>, PlanLine, PlanReply>(
        (tell) => apply(parts, { ...input, actor, signal }, tell),
        { ...parts, signal },
      );
    }),
    endpoint(discardPlan, async ({ id }, { record }) => {
      const plan = await plans.get(id);
      await plans.discard(id);
      await record({ action: 'plan.discarded', details: { plan: id } });
      return { plan: planReply(plan) };
    }),
  ];
}

interface Applying {
  readonly id: string;
  readonly digest?: string | undefined;
  readonly allowChangePercent?: number | undefined;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

async function apply(
  { plans }: PlanParts,
  { id, digest, allowChangePercent, actor, signal }: Applying,
  tell: Telling<ReturnType<typeof progressReply>, PlanLine>,
): Promise<PlanReply> {
  try {
    const applied = await plans.apply(id, {
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
