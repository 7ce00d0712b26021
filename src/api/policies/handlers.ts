import type { Actor } from '../../metadata/actor.ts';
import type { PlannedPolicy } from '../../plans/plan.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import type { KeptItem } from '../../plans/deleting.ts';
import { plannedPolicyOf, type StoredPolicy } from '../../policies/policy.ts';
import { POLICY_PRESETS } from '../../retention/presets.ts';
import { PolicyInvalidError } from '../../retention/problem.ts';
import { readPolicy } from '../../retention/read-policy.ts';
import { endpoint, linesEndpoint, type AdminCall, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import type { PlanReply } from '../plans/contract.ts';
import { planReply, progressReply } from '../plans/plan-reply.ts';
import { accessibleConnection } from '../registries/access.ts';
import { pausing } from '../registries/pausing.ts';
import { progressLines, type Telling } from '../progress-lines.ts';
import { requireAbility } from '../require-ability.ts';
import { accessiblePolicy, maySeePolicy, requirePolicyAt } from './access.ts';
import {
  addPolicy,
  changePolicy,
  decideByDocument,
  listPolicies,
  listPolicyRuns,
  listPresets,
  previewDocument,
  previewPolicy,
  removePolicy,
  runPolicy,
  showPolicy,
  validateDocument,
  type RunReport,
} from './contract.ts';
import { decidedImageReply, policyReply, runReply } from './policy-reply.ts';

type PolicyParts = Pick<
  AdminParts,
  'plans' | 'remotePlans' | 'connections' | 'policies' | 'policyRunner' | 'now' | 'onFailure'
>;

export function policyEndpoints(parts: PolicyParts): readonly Endpoint[] {
  return [...storeEndpoints(parts), ...documentEndpoints(parts), ...runEndpoints(parts)];
}

function storeEndpoints({ policies, connections }: PolicyParts): readonly Endpoint[] {
  return [
    endpoint(listPolicies, async ({ registry, after = '', limit }, { identity }) => {
      if (registry !== undefined) await accessibleConnection(connections, registry, 'registries:read', identity);
      const isWanted = (policy: StoredPolicy): boolean =>
        maySeePolicy(policy, identity) && (registry === undefined || policy.connection === registry);
      const found = await policies.list(isWanted, { after, limit });
      const last = found.at(-1)?.name;
      return {
        policies: found.map((policy) => policyReply(policy, identity)),
        next: found.length < limit || last === undefined ? null : last,
      };
    }),
    endpoint(showPolicy, async ({ name }, { identity }) => {
      return {
        policy: policyReply(await accessiblePolicy(policies, name, { action: 'registries:read', identity }), identity),
      };
    }),
    endpoint(addPolicy, async ({ schedule, registry, ...settings }, { actor, identity }) => {
      const connection = registry ?? undefined;
      await requirePolicyAt(connections, connection, identity);
      const policy = await policies.create({ ...settings, connection, schedule: schedule ?? undefined }, actor);
      return { policy: policyReply(policy, identity) };
    }),
    endpoint(changePolicy, async ({ name, schedule, registry, ...given }, { actor, identity }) => {
      const seen = await accessiblePolicy(policies, name, { action: 'registries:manage', identity });
      const connection = registry ?? undefined;
      if (registry !== undefined) await requirePolicyAt(connections, connection, identity);
      const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const changes = {
        ...said,
        ...(registry !== undefined && { connection }),
        ...(schedule !== undefined && { schedule: schedule ?? undefined }),
      };
      return { policy: policyReply(await policies.change(seen, changes, actor), identity) };
    }),
    endpoint(removePolicy, async ({ name }, { actor, identity }) => {
      const seen = await accessiblePolicy(policies, name, { action: 'registries:manage', identity });
      return { policy: policyReply(await policies.remove(seen, actor), identity) };
    }),
  ];
}

function documentEndpoints(parts: PolicyParts): readonly Endpoint[] {
  const { policies, connections } = parts;
  return [
    endpoint(previewPolicy, async ({ name, registry }, call) => {
      const { identity } = call;
      const policy = await accessiblePolicy(policies, name, { action: 'registries:read', identity });
      if (registry !== undefined) await accessibleConnection(connections, registry, 'registries:read', identity);
      return preview(parts, { policy: plannedPolicyOf(policy), connection: registry ?? policy.connection }, call);
    }),
    endpoint(previewDocument, async ({ registry, ...policy }, call) => {
      if (registry === undefined) requireAbility('manage-policies', call.identity);
      else await accessibleConnection(connections, registry, 'registries:read', call.identity);
      for (const pattern of policy.patterns) parseRepositoryPattern(pattern);
      return preview(parts, { policy, connection: registry }, call);
    }),
    endpoint(decideByDocument, async ({ after = '', limit, ...policy }, { actor, signal }) => {
      for (const pattern of policy.patterns) parseRepositoryPattern(pattern);
      const { images, next } = await parts.plans.decide(policy, { actor: byPolicy(actor), after, limit, signal });
      return { images: images.map(decidedImageReply), next: next ?? null };
    }),
    endpoint(validateDocument, async ({ kind, document }) => {
      try {
        const { warnings } = readPolicy(kind, document);
        return { isValid: true, problems: [], warnings: [...warnings] };
      } catch (error) {
        if (!(error instanceof PolicyInvalidError)) throw error;
        return { isValid: false, problems: [...error.problems], warnings: [] };
      }
    }),
    endpoint(listPresets, async () => ({ presets: [...POLICY_PRESETS] })),
  ];
}

/** Whoever asks may do so, where it is. */
async function preview(
  { plans, remotePlans, now }: PolicyParts,
  { policy, connection }: { readonly policy: PlannedPolicy; readonly connection: string | undefined },
  { actor, signal }: AdminCall,
): Promise<{ plan: PlanReply }> {
  const source = { kind: 'policy', policy } as const;
  const work = { actor: byPolicy(actor), signal };
  if (connection === undefined) return { plan: planReply(await plans.create(source, work)) };
  return { plan: planReply(await pausing(now, () => remotePlans.createOnRequest(connection, source, work))) };
}

function runEndpoints(parts: PolicyParts): readonly Endpoint[] {
  const { policies } = parts;
  return [
    linesEndpoint(runPolicy, async ({ name, dryRun }, { actor, identity, signal }) => {
      const policy = await accessiblePolicy(policies, name, { action: 'registries:manage', identity });
      return progressLines<ReturnType<typeof progressReply>, KeptLine, RunReport>(
        (tell) => run(parts, { policy, isDryRun: dryRun, actor, signal }, tell),
        { ...parts, signal },
      );
    }),
    endpoint(listPolicyRuns, async ({ name, after, limit }, { identity }) => {
      const policy = await accessiblePolicy(policies, name, { action: 'registries:read', identity });
      const before = after !== undefined && /^\d{1,15}$/.test(after) ? Number(after) : undefined;
      const found = await policies.runs(policy, before, limit);
      const last = found.at(-1)?.id;
      return { runs: found.map(runReply), next: found.length < limit || last === undefined ? null : String(last) };
    }),
  ];
}

type KeptLine = { readonly event: 'kept' } & KeptItem;

interface Run {
  readonly policy: StoredPolicy;
  readonly isDryRun: boolean | undefined;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

async function run(
  { plans, remotePlans, policyRunner }: PolicyParts,
  { policy, isDryRun, actor, signal }: Run,
  tell: Telling<ReturnType<typeof progressReply>, KeptLine>,
): Promise<RunReport> {
  const { id, planId, summary } = await policyRunner.run(policy, {
    actor: byPolicy(actor),
    signal,
    trigger: actor.principalName,
    isDryRun,
    onProgress: (progress) => tell.progress(progressReply(progress)),
    onKept: (kept) => tell.line({ event: 'kept', ...kept }),
  });
  return { run: id, plan: planReply((await remotePlans.find(planId)) ?? (await plans.get(planId))), summary };
}

/** What a policy deletes is said to have been deleted by it. */
function byPolicy(actor: Actor): Actor {
  return { ...actor, cause: 'policy' };
}
