import type { Actor } from '../../metadata/actor.ts';
import type { PlannedPolicy } from '../../plans/plan.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import { plannedPolicyOf } from '../../policies/policy.ts';
import { POLICY_PRESETS } from '../../retention/presets.ts';
import { PolicyInvalidError } from '../../retention/problem.ts';
import { readPolicy } from '../../retention/read-policy.ts';
import { endpoint, linesEndpoint, type AdminCall, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import type { PlanReply } from '../plans/contract.ts';
import { planReply, progressReply } from '../plans/plan-reply.ts';
import { accessibleConnection } from '../registries/access.ts';
import { pausing } from '../registries/pausing.ts';
import { progressLines } from '../progress-lines.ts';
import {
  addPolicy,
  changePolicy,
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
import { policyReply, reportReply, runReply } from './policy-reply.ts';

type PolicyParts = Pick<
  AdminParts,
  'plans' | 'remotePlans' | 'connections' | 'policies' | 'policyRunner' | 'now' | 'onFailure'
>;

export function policyEndpoints(parts: PolicyParts): readonly Endpoint[] {
  return [...storeEndpoints(parts), ...documentEndpoints(parts), ...runEndpoints(parts)];
}

function storeEndpoints({ policies }: PolicyParts): readonly Endpoint[] {
  return [
    endpoint(listPolicies, async ({ after, limit }) => {
      const found = await policies.list(after ?? '', limit);
      const last = found.at(-1)?.name;
      return { policies: found.map(policyReply), next: found.length < limit || last === undefined ? null : last };
    }),
    endpoint(showPolicy, async ({ name }) => ({ policy: policyReply(await policies.get(name)) })),
    endpoint(addPolicy, async ({ schedule, ...settings }, { actor }) => {
      const policy = await policies.create({ ...settings, schedule: schedule ?? undefined }, actor);
      return { policy: policyReply(policy) };
    }),
    endpoint(changePolicy, async ({ name, schedule, ...given }, { actor }) => {
      const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const changes = { ...said, ...(schedule !== undefined && { schedule: schedule ?? undefined }) };
      return { policy: policyReply(await policies.change(name, changes, actor)) };
    }),
    endpoint(removePolicy, async ({ name }, { actor }) => ({
      policy: policyReply(await policies.remove(name, actor)),
    })),
  ];
}

function documentEndpoints(parts: PolicyParts): readonly Endpoint[] {
  const { policies } = parts;
  return [
    endpoint(previewPolicy, async ({ name, registry }, call) => {
      return preview(parts, { policy: plannedPolicyOf(await policies.get(name)), registry }, call);
    }),
    endpoint(previewDocument, async ({ registry, ...policy }, call) => {
      for (const pattern of policy.patterns) parseRepositoryPattern(pattern);
      return preview(parts, { policy, registry }, call);
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

async function preview(
  { plans, remotePlans, connections, now }: PolicyParts,
  { policy, registry }: { readonly policy: PlannedPolicy; readonly registry: string | undefined },
  { actor, identity, signal }: AdminCall,
): Promise<{ plan: PlanReply }> {
  const source = { kind: 'policy', policy } as const;
  const work = { actor: byPolicy(actor), signal };
  if (registry === undefined) return { plan: planReply(await plans.create(source, work)) };
  const connection = await accessibleConnection(connections, registry, 'registries:read', identity);
  return { plan: planReply(await pausing(now, () => remotePlans.create(connection, source, work))) };
}

function runEndpoints(parts: PolicyParts): readonly Endpoint[] {
  const { policies, policyRunner } = parts;
  return [
    linesEndpoint(runPolicy, async ({ name, dryRun }, { actor, signal }) => {
      const policy = await policies.get(name);
      return progressLines<ReturnType<typeof progressReply>, never, RunReport>(
        async (tell) => {
          const options = {
            actor: byPolicy(actor),
            signal,
            trigger: actor.principalName,
            isDryRun: dryRun,
            onProgress: (progress: Parameters<typeof progressReply>[0]) => tell.progress(progressReply(progress)),
          };
          return reportReply(await policyRunner.run(policy, options));
        },
        { ...parts, signal },
      );
    }),
    endpoint(listPolicyRuns, async ({ name, after, limit }) => {
      const before = after !== undefined && /^\d{1,15}$/.test(after) ? Number(after) : undefined;
      const found = await policies.runs(name, before, limit);
      const last = found.at(-1)?.id;
      return { runs: found.map(runReply), next: found.length < limit || last === undefined ? null : String(last) };
    }),
  ];
}

/** What a policy deletes is said to have been deleted by it. */
function byPolicy(actor: Actor): Actor {
  return { ...actor, cause: 'policy' };
}
