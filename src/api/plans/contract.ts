import { z } from 'zod';
import { isDigest } from '../../oci/digest.ts';
import type { Contract } from '../contract.ts';
import { count } from '../move-contract.ts';
import { next, pageInput } from '../page.ts';
import { problemDocument } from '../problem-document.ts';

export type PlanReply = z.output<typeof plan>;
export type PlanItemReply = z.output<typeof planItem>;
export type PlanSourceReply = z.output<typeof planSource>;
export type ApplyLine = z.output<typeof applyPlan.output>;

const id = z.string().min(1).max(64).describe('Of the plan.');
const digest = z.string().refine(isDigest, 'It is no digest: sha256:… of 64 hexadecimal digits.');
const seconds = z.int().nonnegative().max(3_153_600_000);

/** What is to be deleted, as whoever asks for a plan says it. */
const selection = {
  repositories: z.string().min(1).max(255).describe('`team/app`, `team/*` (one level), `team/**` (all below), `**`.'),
  tags: z
    .array(z.string().min(1).max(256))
    .max(1000)
    .optional()
    .describe(
      'Tags, or patterns of tags (`pr-*`, `?`). An image goes when all its tags are meant; else only those tags do.',
    ),
  digests: z.array(digest).max(1000).optional().describe('Manifests, with all their tags.'),
  untagged: z
    .boolean()
    .optional()
    .describe('Manifests that have no tag, that no index names, and that are about nothing that is here.'),
  olderThanSeconds: seconds.optional().describe('Of `tags` and `untagged`: only what was pushed at least so long ago.'),
  notPulledForSeconds: seconds
    .optional()
    .describe('Of `tags` and `untagged`: only what was neither pulled nor pushed since so long.'),
};

const localSources = [
  z.object({ kind: z.literal('selection'), selection: z.object(selection) }),
  z.object({
    kind: z.literal('policy'),
    policy: z.object({
      name: z.string().optional().describe('Absent: of a policy that is not stored.'),
      kind: z.string(),
      document: z.string(),
      patterns: z.array(z.string()),
    }),
  }),
] as const;

export const planSource = z.discriminatedUnion('kind', [
  ...localSources,
  z.object({
    kind: z.literal('remote').describe('At another registry: what goes there cannot be restored.'),
    connection: z.string().describe('Id of the connected registry.'),
    name: z.string(),
    url: z.string(),
    wanted: z.discriminatedUnion('kind', localSources),
  }),
]);

/** Whose id it is decides what it takes: see `registry`. */
const registry = z.string().min(1).max(64).optional();

export const plan = z.object({
  id,
  digest: z.string().describe('Over what goes: two plans that delete the same have the same one.'),
  source: planSource,
  state: z
    .enum(['open', 'applying', 'applied'])
    .describe('`applying`: under way, or stopped half-way: apply it again.'),
  summary: z.object({
    repositories: count,
    manifests: count,
    chosen: count,
    children: count.describe('Of those manifests: that only indexes name which go.'),
    referrers: count.describe('Of those manifests: that are about something that goes: signatures, lists of parts.'),
    tags: count,
    blocked: count.describe('What would go, and stays because something keeps it.'),
    freedBytes: count.describe('That nothing else names, anywhere: freed when the time in the trash is over.'),
  }),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().describe('From then on it cannot be applied, and is forgotten.'),
  createdBy: z.string(),
  appliedAt: z.iso.datetime().nullable(),
  appliedBy: z.string().nullable(),
  result: z
    .object({ manifests: count, tags: count, kept: count.describe('What was left alone, because it had changed.') })
    .nullable(),
});

export const planItem = z.object({
  position: count,
  action: z.enum(['delete', 'keep']).describe('`keep`: it would go, and something keeps it.'),
  kind: z.enum(['manifest', 'tag']).describe('`tag`: only its tags go; the manifest stays.'),
  role: z
    .enum(['chosen', 'child', 'referrer'])
    .describe('`child`: only indexes that go name it. `referrer`: it is about something that goes.'),
  repository: z.string(),
  digest: z.string(),
  tags: z.array(z.string()),
  reason: z.string(),
  follows: z.string().optional().describe('What it goes with: an index, or what it is about.'),
  rule: z.object({ priority: z.number(), name: z.string() }).optional().describe('Of a policy: what decided.'),
  blockedBy: z.array(z.string()).describe('Why it stays.'),
  mediaType: z.string(),
  artifactType: z.string().optional(),
  bytes: count.optional().describe('Of the manifest and the blobs it names itself, shared or not.'),
  pushedAt: z.iso.datetime().optional().describe('Absent: nobody knows.'),
  lastPull: z.object({ at: z.iso.datetime(), by: z.string().describe('Empty for nobody known.') }).optional(),
  skipped: z.string().optional().describe('Why it was left alone when the plan was applied.'),
});

export const planChange = z.object({
  kind: z.enum(['added', 'gone', 'retagged', 'moved', 'kept', 'pulled']),
  repository: z.string(),
  digest: z.string(),
  tags: z.array(z.string()),
  text: z.string(),
});

/** What long work with a plan says of itself, besides its end. */
export const planProgress = [
  z.object({
    event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
    elapsedSeconds: z.number().nonnegative(),
    phase: z.enum(['evaluating', 'deleting']),
    repositories: count.optional(),
    images: count.optional().describe('Looked at.'),
    planned: count.optional(),
    manifests: count.optional().describe('Deleted.'),
  }),
  z.object({
    event: z.literal('kept').describe('It was to go, and has changed.'),
    repository: z.string(),
    digest: z.string(),
    tag: z.string().optional(),
    reason: z.string(),
  }),
  z.object({ event: z.literal('failed').describe('The last line.'), problem: problemDocument }),
] as const;

export const createPlan = {
  method: 'POST',
  path: '/api/v1/plans',
  ability: 'plan-deletions',
  projectAction: 'registries:read',
  description:
    'Finds out what would be deleted, exactly, and writes it down: nothing is deleted. What goes along is there too (children of indexes, signatures), and what stays and why.',
  input: z
    .strictObject({
      registry: registry.describe(
        'Id of a connected registry: what would be deleted there. Absent: at this one, which takes an administrator.',
      ),
      ...selection,
    })
    .refine(
      ({ tags = [], digests = [], untagged = false }) => tags.length + digests.length > 0 || untagged,
      'Say what is to go: tags, digests or untagged.',
    ),
  output: z.object({ plan }),
  status: 201,
} as const satisfies Contract;

export const listPlans = {
  method: 'GET',
  path: '/api/v1/plans',
  ability: 'plan-deletions',
  projectAction: 'registries:read',
  description: 'Lists the plans for this registry, or for a connected one, the newest first.',
  input: z.strictObject({
    registry: registry.describe('Id of a connected registry. Absent: this one, which takes an administrator.'),
    ...pageInput,
  }),
  output: z.object({ plans: z.array(plan), next }),
} as const satisfies Contract;

export const showPlan = {
  method: 'GET',
  path: '/api/v1/plans/{id}',
  ability: 'plan-deletions',
  projectAction: 'registries:read',
  description: 'Shows a plan, without its items.',
  input: z.strictObject({ id }),
  output: z.object({ plan }),
} as const satisfies Contract;

export const listPlanItems = {
  method: 'GET',
  path: '/api/v1/plans/{id}/items',
  ability: 'plan-deletions',
  projectAction: 'registries:read',
  description: 'Lists what a plan deletes, by repository, in the order in which it would; then what stays and why.',
  input: z.strictObject({ id, ...pageInput }),
  output: z.object({ items: z.array(planItem), next }),
} as const satisfies Contract;

export const applyPlan = {
  method: 'POST',
  path: '/api/v1/plans/{id}/apply',
  ability: 'plan-deletions',
  projectAction: 'registries:manage',
  description:
    'Deletes what a plan says, into the trash: all of it can be restored by the id of the plan. First the plan is made again from its source; what changed since is never deleted, and when more changed than may, nothing is. One that was stopped half-way goes on. It stops when the client goes away. At a connected registry there is no trash: what goes there cannot be restored.',
  input: z.strictObject({
    id,
    digest: z.string().max(140).optional().describe('Of the plan that was looked at; another one is refused.'),
    allowChangePercent: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe('How much of what was planned may have changed. Default: as configured.'),
  }),
  output: z.discriminatedUnion('event', [
    ...planProgress,
    z.object({ event: z.literal('changed').describe('What is not as it was planned.'), change: planChange }),
    z.object({ event: z.literal('done').describe('The last line.'), report: plan }),
  ]),
  reply: 'lines',
} as const satisfies Contract;

export const discardPlan = {
  method: 'DELETE',
  path: '/api/v1/plans/{id}',
  ability: 'plan-deletions',
  projectAction: 'registries:read',
  description:
    'Forgets a plan, also one that was stopped half-way. What it deleted here stays in the trash. One for a connected registry that is not theirs, or was begun, takes `registries:manage`.',
  input: z.strictObject({ id }),
  output: z.object({ plan }),
} as const satisfies Contract;
