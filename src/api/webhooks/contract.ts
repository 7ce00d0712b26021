import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';

export type Webhook = z.output<typeof webhook>;
export type Delivery = z.output<typeof delivery>;

const name = z.string().min(1).max(64);
const url = z.string().min(1).max(2000).describe('Where it is told: `https://hooks.example.org/registry`.');
const format = z
  .enum(['cloudevents', 'distribution'])
  .describe('`cloudevents`: CloudEvents 1.0 as JSON. `distribution`: the notifications of distribution’s registry.');
const events = z
  .array(z.string().min(1).max(100))
  .max(100)
  .describe(
    'Which: `manifest.pushed`, `tag.*`, `*`, or `push`, `pull`, `mount`, `delete`. Empty: what happens to manifests, tags, repositories and blobs, but for pulls.',
  );
const repositories = z.array(z.string().min(1).max(255)).max(100).describe('Patterns: `team/**`. Empty: all.');
const ignoredMediaTypes = z.array(z.string().min(1).max(255)).max(100).describe('Manifests of these are not told of.');
const headers = z
  .record(z.string(), z.string().max(4096))
  .refine((given) => Object.keys(given).length <= 20, 'at most 20 headers')
  .describe('Sent with each request, such as `Authorization`. Kept encrypted, and never shown.');
const handshake = z
  .boolean()
  .describe('Whether the receiver is asked first (OPTIONS, `WebHook-Request-Origin`), as CloudEvents has it.');
const secret = z.string().min(1).max(300);

export const webhook = z.object({
  name: z.string(),
  url: z.string(),
  format,
  events: z.array(z.string()),
  repositories: z.array(z.string()),
  ignoredMediaTypes: z.array(z.string()),
  headers: z.array(z.string()).describe('Their names.'),
  handshake: z.boolean(),
  isSigned: z.boolean(),
  isEnabled: z.boolean(),
  disabledReason: z.string().nullable().describe('Why it was stopped, when nobody did it.'),
  failingSince: z.iso.datetime().nullable().describe('Since when nothing could be delivered.'),
  resumeAt: z.iso.datetime().nullable().describe('The receiver asked for nothing before.'),
  createdAt: z.iso.datetime(),
});

export const delivery = z.object({
  id: z.int(),
  eventId: z.string().describe('The same whenever the event is sent: `webhook-id`.'),
  type: z.string(),
  sequence: z.int().nullable().describe('Of the event in the audit log; `null`: it is not there, as a pull.'),
  subject: z.object({
    repository: z.string().nullable(),
    digest: z.string().nullable(),
    tag: z.string().nullable(),
  }),
  state: z
    .enum(['waiting', 'delivered', 'failed'])
    .describe('`failed`: it is not tried again, unless somebody replays it.'),
  attempts: z.int(),
  createdAt: z.iso.datetime(),
  lastAttemptAt: z.iso.datetime().nullable(),
  nextAttemptAt: z.iso.datetime().nullable(),
  status: z.int().nullable().describe('Of the last answer.'),
  error: z.string().nullable(),
  response: z.string().nullable().describe('The first 4 KiB of the last answer.'),
});

export const listWebhooks = {
  method: 'GET',
  path: '/api/v1/webhooks',
  ability: 'manage-webhooks',
  description: 'Lists the webhooks in the order of their names, without their secrets.',
  input: z.strictObject(pageInput),
  output: z.object({ webhooks: z.array(webhook), next }),
} as const satisfies Contract;

export const addWebhook = {
  method: 'POST',
  path: '/api/v1/webhooks',
  ability: 'manage-webhooks',
  description:
    'Adds a webhook: from now on, it is told what happens. What may be called is for `egress.allow` to say; by default https in the public network.',
  input: z.strictObject({
    name: name.describe('Letters, digits and `. _ -`.'),
    url,
    format: format.default('cloudevents'),
    events: events.default([]),
    repositories: repositories.default([]),
    ignoredMediaTypes: ignoredMediaTypes.default([]),
    headers: headers.default({}),
    handshake: handshake.default(false),
    secret: secret
      .or(z.literal(false))
      .optional()
      .describe(
        'With which it is signed: `whsec_` and base64, or any text of 24 characters. Absent: one is made. `false`: unsigned.',
      ),
  }),
  output: z.object({
    webhook,
    secret: z.string().nullable().describe('It is told this once; `null`: nothing is signed.'),
  }),
  status: 201,
} as const satisfies Contract;

export const showWebhook = {
  method: 'GET',
  path: '/api/v1/webhooks/{name}',
  ability: 'manage-webhooks',
  description: 'Shows a webhook.',
  input: z.strictObject({ name }),
  output: z.object({ webhook }),
} as const satisfies Contract;

export const changeWebhook = {
  method: 'PUT',
  path: '/api/v1/webhooks/{name}',
  ability: 'manage-webhooks',
  description:
    'Changes what is named, and leaves the rest. One that is enabled again is sent what was waiting; what happened while it was disabled is sent by replaying.',
  input: z.strictObject({
    name,
    url: url.optional(),
    format: format.optional(),
    events: events.optional(),
    repositories: repositories.optional(),
    ignoredMediaTypes: ignoredMediaTypes.optional(),
    headers: headers.optional(),
    handshake: handshake.optional(),
    isEnabled: z.boolean().optional(),
  }),
  output: z.object({ webhook }),
} as const satisfies Contract;

export const removeWebhook = {
  method: 'DELETE',
  path: '/api/v1/webhooks/{name}',
  ability: 'manage-webhooks',
  description: 'Removes a webhook with the log of its deliveries. What waits is not sent.',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string() }),
} as const satisfies Contract;

export const replaceWebhookSecret = {
  method: 'POST',
  path: '/api/v1/webhooks/{name}/secret',
  ability: 'manage-webhooks',
  description: 'Gives it another secret, which signs from the next attempt on.',
  input: z.strictObject({ name, secret: secret.optional().describe('Absent: one is made.') }),
  output: z.object({ name: z.string(), secret: z.string().describe('It is told this once.') }),
} as const satisfies Contract;

export const pingWebhook = {
  method: 'POST',
  path: '/api/v1/webhooks/{name}/ping',
  ability: 'manage-webhooks',
  description: 'Sends an event that means nothing, once, and says what was answered; also to one that is disabled.',
  input: z.strictObject({ name }),
  output: z.object({ delivery }),
} as const satisfies Contract;

export const listDeliveries = {
  method: 'GET',
  path: '/api/v1/webhooks/{name}/deliveries',
  ability: 'manage-webhooks',
  description: 'Lists what was or is to be sent to a webhook, newest first, as far as `webhooks.keepDays` remembers.',
  input: z.strictObject({
    name,
    ...pageInput,
    state: z.enum(['waiting', 'delivered', 'failed']).optional().describe('Only these.'),
  }),
  output: z.object({ deliveries: z.array(delivery), next }),
} as const satisfies Contract;

export const replayDeliveries = {
  method: 'POST',
  path: '/api/v1/webhooks/{name}/replay',
  ability: 'manage-webhooks',
  description:
    'Sends again, by the ids that the events have: one delivery, or all that the audit log has of some time or of some places in it and that the webhook wants, 10,000 at a time at most. Pulls are not in that log.',
  input: z
    .strictObject({
      name,
      delivery: z.int().min(1).optional().describe('The id of one. Then nothing else is named.'),
      fromSequence: z.int().min(1).optional(),
      toSequence: z.int().min(1).optional(),
      since: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
    })
    .refine(
      ({ delivery: one, fromSequence, since }) =>
        [one, fromSequence ?? since].filter((given) => given !== undefined).length === 1,
      'name either delivery, or fromSequence or since',
    ),
  output: z.object({
    replayed: z.int(),
    nextSequence: z.int().nullable().describe('`fromSequence` of what is left; `null`: that was all.'),
  }),
} as const satisfies Contract;
