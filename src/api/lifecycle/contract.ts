import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { count } from '../move-contract.ts';
import { problemDocument } from '../problem-document.ts';

export type OwnLifecyclePolicy = z.output<typeof policy>;
export type LifecycleReport = z.output<typeof report>;
export type LifecycleProgressLine = z.output<typeof progress>;

const id = z.string().min(1).max(100);
const repository = z.string().min(1).max(255).describe('As in a reference, without the host: `team/app`.');
const document = z
  .string()
  .min(1)
  .max(60_000)
  .describe('As `aws ecr put-lifecycle-policy` takes it; what is wrong is said by field.');

const problem = z.object({
  path: z.string().describe('Where: `rules[1].selection.countNumber`; empty for the whole.'),
  message: z.string(),
});

const policy = z.object({
  document: z.string(),
  evaluatedAt: z.iso.datetime().nullable().describe('When the registry applied it last.'),
  problems: z.array(problem).describe('What Havre does not understand of it: such a policy is not previewed here.'),
  warnings: z.array(problem),
});

const act = z
  .object({
    action: z.enum(['expire', 'transition']),
    rule: z.int().nullable().describe('Priority of the rule that says so.'),
  })
  .nullable();

const compared = z.object({
  digest: z.string(),
  tags: z.array(z.string()),
  pushedAt: z.iso.datetime().nullable(),
  bytes: z.number().nullable(),
  registry: act.describe('What the registry itself would do; `null`: nothing, or it did not say.'),
  ours: act.describe('What it comes to by Havre; `null`: the image stays.'),
  follows: z.string().nullable().describe('It goes because this one goes, as signatures do.'),
  reason: z.string().describe('By Havre.'),
  difference: z.string().nullable().describe('Why the two do not say the same; `null`: they do.'),
});

const report = z.object({
  repository: z.string(),
  images: count.describe('All there are.'),
  counts: z.object({
    registry: count.describe('Would go by the registry.'),
    ours: count.describe('Would go by Havre.'),
    different: count,
  }),
  compared: z.array(compared).describe('What would go, by either; those that differ come first. At most 2,000.'),
  isCut: z.boolean().describe('There are more.'),
  warnings: z.array(problem),
  registryProblem: z.string().nullable().describe('Why there is no word of the registry itself.'),
});

const progress = z.object({
  event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
  elapsedSeconds: z.number().nonnegative(),
  phase: z.enum(['images', 'reckoning']).describe('`reckoning`: the registry is waited for, two minutes at most.'),
  images: count,
});

const problems = {
  404: ['REGISTRY_UNKNOWN', 'REMOTE_UNKNOWN'],
  422: ['LIFECYCLE_UNSUPPORTED'],
  429: ['REGISTRY_PAUSED'],
  502: ['REGISTRY_FAILED'],
} as const;

export const showLifecycle = {
  method: 'GET',
  path: '/api/v1/registries/{id}/lifecycle',
  ability: 'see-registries',
  projectAction: 'registries:read',
  description: 'Shows the lifecycle policy that the registry itself applies to a repository. Only Amazon ECR has such.',
  input: z.strictObject({ id, repository }),
  output: z.object({ policy: policy.nullable().describe('`null`: it has none.') }),
  problems,
} as const satisfies Contract;

export const putLifecycle = {
  method: 'PUT',
  path: '/api/v1/registries/{id}/lifecycle',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description:
    'Replaces the lifecycle policy that the registry itself applies to a repository. It does so within a day, and nothing brings back what it deletes: preview it first.',
  input: z.strictObject({ id, repository, document }),
  output: z.object({ warnings: z.array(problem) }),
  problems: { ...problems, 400: ['POLICY_INVALID'] },
} as const satisfies Contract;

export const previewLifecycle = {
  method: 'POST',
  path: '/api/v1/registries/{id}/lifecycle-preview',
  ability: 'see-registries',
  projectAction: 'registries:read',
  description:
    'Says what a lifecycle policy of the registry would do to a repository: as the registry itself reckons, and as Havre does, side by side. Nothing is deleted.',
  input: z.strictObject({ id, repository, document: document.optional().describe('Absent: the one that is there.') }),
  output: z.discriminatedUnion('event', [
    progress,
    z.object({ event: z.literal('done').describe('The last line.'), report }),
    z.object({ event: z.literal('failed').describe('The last line.'), problem: problemDocument }),
  ]),
  reply: 'lines',
  problems: { ...problems, 400: ['POLICY_INVALID'], 404: ['REGISTRY_UNKNOWN', 'REMOTE_UNKNOWN', 'LIFECYCLE_UNKNOWN'] },
} as const satisfies Contract;
