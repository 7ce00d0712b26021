import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { count } from '../move-contract.ts';
import { next, pageInput } from '../page.ts';
import { plan, planProgress } from '../plans/contract.ts';

export type PolicyReply = z.output<typeof policy>;
export type PolicyRunReply = z.output<typeof policyRun>;
export type DecidedImageReply = z.output<typeof decidedImage>;
export type RunReport = z.output<typeof runReport>;

const name = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/i,
    'It must have 1 to 64 letters, digits and . _ -, and begin with one of the first two.',
  );
const kind = z
  .enum(['native', 'ecr', 'harbor', 'zot', 'google', 'gitlab', 'acr', 'ghcr'])
  .describe('What the document is written in.');
const patterns = z
  .array(z.string().min(1).max(255))
  .min(1)
  .max(100)
  .describe(
    'Repositories: `team/app`, `team/*` (one level), `team/**` (all below), `**`. The policy decides in each alone.',
  );
const document = z.string().min(1).max(60_000).describe('As it is written, in JSON or YAML.');
const schedule = z
  .string()
  .min(1)
  .max(100)
  .nullable()
  .describe('Cron: minute, hour, day, month, weekday, such as `30 3 * * *`. `null`: it runs when somebody says so.');
const timeZone = z.string().min(1).max(64).describe('Of the schedule: an IANA name, such as `Europe/Paris`.');
const isEnabled = z
  .boolean()
  .describe('Whether its schedule is followed. Disabling one ends its run, too, before the next piece.');
const isDryRun = z.boolean().describe('Its runs only say what would go.');

const registry = z.string().min(1).max(64);
const placed = registry
  .nullable()
  .describe(
    'Id of the connected registry that it is for, where what it says goes for good. `null`: this one, which takes an administrator.',
  );

export const policy = z.object({
  name,
  registry: z
    .object({ id: z.string(), name: z.string() })
    .nullable()
    .describe('The connected registry that it is for. `null`: this one.'),
  kind,
  patterns,
  document,
  schedule,
  timeZone,
  isEnabled,
  isDryRun,
  nextRunAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  createdBy: z.string(),
  abilities: z.array(z.enum(['read', 'manage'])).describe('What whoever asks may do with it.'),
});

const runSummary = z.object({
  isDryRun: z.boolean(),
  planned: count.describe('Manifests that were to go.'),
  blocked: count.describe('What would have gone, and something kept.'),
  freedBytes: count.describe('Freed when the time in the trash is over.'),
  manifests: count.describe('That went.'),
  tags: count,
  kept: count.describe('What was left alone: it had changed, or the other registry refused.'),
});

export const policyRun = z.object({
  id: z.int(),
  trigger: z.string().describe('Who asked, or `schedule`.'),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  planId: z.string().nullable().describe('What it did exactly, for as long as the plan is kept; restores by it.'),
  summary: runSummary.nullable(),
  error: z.string().nullable(),
});

export const runReport = z.object({ run: z.int(), plan, summary: runSummary });

const problem = z.object({
  path: z.string().describe('Where: `rules[1].selection.countNumber`; empty for the whole.'),
  message: z.string(),
});

const decidedImage = z.object({
  repository: z.string(),
  digest: z.string(),
  tags: z.array(z.string()),
  goes: z.boolean().describe('With all its tags.'),
  goingTags: z.array(z.string()).describe('Of one that stays: those that go all the same.'),
  reason: z.string().describe('Why it goes, or stays.'),
  blockedBy: z.array(z.string()).describe('Why it stays although it was to go.'),
  pushedAt: z.iso.datetime(),
  lastPulledAt: z.iso.datetime().nullable(),
});

const inPath = { name };

export const listPolicies = {
  method: 'GET',
  path: '/api/v1/policies',
  ability: 'manage-policies',
  projectAction: 'registries:read',
  description: 'Lists lifecycle policies, by name: those that one may see.',
  input: z.strictObject({
    registry: registry.optional().describe('Only those for this connected registry: its id.'),
    ...pageInput,
  }),
  output: z.object({ policies: z.array(policy), next }),
} as const satisfies Contract;

export const showPolicy = {
  method: 'GET',
  path: '/api/v1/policies/{name}',
  ability: 'manage-policies',
  projectAction: 'registries:read',
  description: 'Shows a lifecycle policy, with its document as it was given.',
  input: z.strictObject({ ...inPath }),
  output: z.object({ policy }),
} as const satisfies Contract;

export const addPolicy = {
  method: 'POST',
  path: '/api/v1/policies',
  ability: 'manage-policies',
  projectAction: 'registries:manage',
  description: 'Makes a lifecycle policy. What is wrong with its document is said by field; nothing wrong is stored.',
  input: z.strictObject({
    name,
    registry: placed.default(null),
    kind,
    patterns,
    document,
    schedule: schedule.default(null),
    timeZone: timeZone.default('UTC'),
    isEnabled: isEnabled.default(true),
    isDryRun: isDryRun.default(false),
  }),
  output: z.object({ policy }),
  status: 201,
} as const satisfies Contract;

export const changePolicy = {
  method: 'PUT',
  path: '/api/v1/policies/{name}',
  ability: 'manage-policies',
  projectAction: 'registries:manage',
  description:
    'Changes what is given of a policy, and leaves the rest as it is. Another registry takes the right to manage policies at both.',
  input: z.strictObject({
    ...inPath,
    registry: placed.optional(),
    kind: kind.optional(),
    patterns: patterns.optional(),
    document: document.optional(),
    schedule: schedule.optional(),
    timeZone: timeZone.optional(),
    isEnabled: isEnabled.optional(),
    isDryRun: isDryRun.optional(),
  }),
  output: z.object({ policy }),
} as const satisfies Contract;

export const removePolicy = {
  method: 'DELETE',
  path: '/api/v1/policies/{name}',
  ability: 'manage-policies',
  projectAction: 'registries:manage',
  description: 'Removes a policy and the history of its runs. What it deleted here stays in the trash.',
  input: z.strictObject({ ...inPath }),
  output: z.object({ policy }),
} as const satisfies Contract;

export const previewPolicy = {
  method: 'POST',
  path: '/api/v1/policies/{name}/preview',
  ability: 'manage-policies',
  projectAction: 'registries:read',
  description: 'Makes a deletion plan of what the policy would do now: nothing is deleted. The plan can be applied.',
  input: z.strictObject({
    ...inPath,
    registry: registry
      .optional()
      .describe('Id of a connected registry: what it would do there. Default: where it is for.'),
  }),
  output: z.object({ plan }),
  status: 201,
} as const satisfies Contract;

export const previewDocument = {
  method: 'POST',
  path: '/api/v1/policy-previews',
  ability: 'manage-policies',
  projectAction: 'registries:read',
  description: 'The same for a document that is not stored.',
  input: z.strictObject({
    kind,
    patterns,
    document,
    registry: registry.optional().describe('Id of a connected registry: what it would do there. Absent: here.'),
  }),
  output: z.object({ plan }),
  status: 201,
} as const satisfies Contract;

export const decideByDocument = {
  method: 'POST',
  path: '/api/v1/policy-decisions',
  ability: 'manage-policies',
  description:
    'Says of every image here what a document that is not stored would do with it now, also of those that stay, and why: repositories by name, in each what was pushed last first. A page ends with a repository; of one that has more images than fit, the others are left out.',
  input: z.strictObject({ kind, patterns, document, ...pageInput }),
  output: z.object({ images: z.array(decidedImage), next }),
} as const satisfies Contract;

export const validateDocument = {
  method: 'POST',
  path: '/api/v1/policy-validations',
  ability: 'manage-policies',
  audience: 'signed-in',
  description: 'Says everything that is wrong with a document, and what is odd.',
  input: z.strictObject({ kind, document }),
  output: z.object({
    isValid: z.boolean(),
    problems: z.array(problem),
    warnings: z.array(problem).describe('Odd, but not wrong.'),
  }),
} as const satisfies Contract;

export const listPresets = {
  method: 'GET',
  path: '/api/v1/policy-presets',
  ability: 'manage-policies',
  audience: 'signed-in',
  description: 'Lists policies to start from: our own, and those that mirror what other registries have.',
  input: z.strictObject({}),
  output: z.object({
    presets: z.array(
      z.object({ name: z.string(), title: z.string(), sentence: z.string(), kind, document: z.string() }),
    ),
  }),
} as const satisfies Contract;

export const runPolicy = {
  method: 'POST',
  path: '/api/v1/policies/{name}/run',
  ability: 'manage-policies',
  projectAction: 'registries:manage',
  description:
    'Runs a policy now, enabled or not: what it says goes into the trash, and can be restored by the id of its plan; at a connected registry it goes for good. It stops when the client goes away.',
  input: z.strictObject({ ...inPath, dryRun: z.boolean().optional().describe('Default: as the policy has it.') }),
  output: z.discriminatedUnion('event', [
    ...planProgress,
    z.object({ event: z.literal('done').describe('The last line.'), report: runReport }),
  ]),
  reply: 'lines',
} as const satisfies Contract;

export const listPolicyRuns = {
  method: 'GET',
  path: '/api/v1/policies/{name}/runs',
  ability: 'manage-policies',
  projectAction: 'registries:read',
  description: 'Lists the runs of a policy, the newest first.',
  input: z.strictObject({ ...inPath, ...pageInput }),
  output: z.object({ runs: z.array(policyRun), next }),
} as const satisfies Contract;
