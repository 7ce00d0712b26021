import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';

export type RemoteRepository = z.output<typeof remoteRepository>;
export type RemoteTag = z.output<typeof remoteTag>;
export type ReferrerDocument = z.output<typeof referrer>;
export type RemoteImage = z.output<typeof image>;

const time = z.iso.datetime().nullable();
const bytes = z.number().nullable().describe('As the registry says; `null`: it does not.');
const digest = z.string().nullable();
const texts = z.record(z.string(), z.string());

const remoteRepository = z.object({
  name: z.string().describe('As in a reference, without the host.'),
  tags: z.number().nullable(),
  bytes,
  pushedAt: time,
  pulledAt: time,
  isPublic: z.boolean().nullable(),
  description: z.string().nullable(),
});

const remoteTag = z.object({
  name: z.string(),
  digest: digest.describe('`null` on long pages, where the registry has to be asked for each.'),
  mediaType: z.string().nullable(),
  bytes: bytes.describe('Compressed, of all platforms.'),
  pushedAt: time,
  pulledAt: time,
  platforms: z.array(z.object({ platform: z.string(), digest, bytes })).nullable(),
  isImmutable: z.boolean().nullable(),
});

const blob = z.object({ digest: z.string(), mediaType: z.string(), size: z.number() });

const config = z.object({
  created: z.string().nullable().describe('As the image says itself.'),
  architecture: z.string().nullable(),
  os: z.string().nullable(),
  user: z.string().nullable(),
  workingDirectory: z.string().nullable(),
  entrypoint: z.array(z.string()),
  command: z.array(z.string()),
  exposedPorts: z.array(z.string()),
  labels: texts,
});

const platform = blob.extend({
  platform: z.string().nullable().describe('`linux/arm64/v8`'),
  isRead: z.boolean().describe('`false`: the index names it, and it was not read.'),
  config: blob.nullable(),
  layers: z.array(blob),
  runs: config.nullable().describe('What its config says, without the environment.'),
  annotations: texts,
});

export const image = blob.extend({
  repository: z.string(),
  reference: z.string(),
  isIndex: z.boolean(),
  artifactType: z.string().nullable(),
  subject: digest.describe('What it refers to, as signatures do.'),
  bytes: z.number().describe('All that is known of it, each content once.'),
  annotations: texts,
  manifest: z.string().describe('As it came.'),
  platforms: z.array(platform).describe('Of an index, what it names; else the image itself.'),
});

/** What refers to an image, here or elsewhere. */
export const referrer = z.object({
  digest: z.string(),
  mediaType: z.string(),
  artifactType: z.string().nullable().describe('What it is, as it says itself.'),
  size: z.number().nullable().describe('Of its manifest, in bytes.'),
  tag: z.string().nullable().describe('What says that it is about the image, where nothing else does: `sha256-….sig`.'),
  annotations: texts,
});

const gauge = z
  .object({
    upstream: z.string(),
    limit: z.number().nullable(),
    remaining: z.number().nullable(),
    resetsAt: time,
    pausedUntil: time,
  })
  .nullable()
  .describe('What is left of what the registry lets us ask; `null`: it was not asked on this node.');

const id = z.string().min(1).max(100);
const repository = z.string().min(1).max(255).describe('As in a reference, without the host: `team/app`.');
const refresh = z
  .stringbool()
  .or(z.boolean())
  .default(false)
  .describe('Ask the registry, although it answered the same within the last 30 seconds.');
const search = z.string().max(200).optional().describe('Part of a name. Pages may then be short before the last.');
const after = z.string().max(8000).optional().describe('Where the page begins: `next` of the page before.');

const common = { ability: 'see-registries', projectAction: 'registries:read' } as const;
const UNKNOWN = { 404: ['REGISTRY_UNKNOWN', 'REMOTE_UNKNOWN'] } as const;
const ELSEWHERE = { 429: ['REGISTRY_PAUSED'], 502: ['REGISTRY_FAILED'] } as const;

export const listRemoteRepositories = {
  method: 'GET',
  path: '/api/v1/registries/{id}/repositories',
  ...common,
  description: 'Lists the repositories of a connected registry, by its own API where the common one has no way.',
  input: z.strictObject({ id, ...pageInput, after, search, refresh }),
  output: z.object({ repositories: z.array(remoteRepository), next, gauge }),
  problems: { ...UNKNOWN, ...ELSEWHERE },
} as const satisfies Contract;

export const listRemoteTags = {
  method: 'GET',
  path: '/api/v1/registries/{id}/tags',
  ...common,
  description: 'Lists the tags of a repository of a connected registry, in the order of that registry.',
  input: z.strictObject({ id, repository, ...pageInput, after, search, refresh }),
  output: z.object({ tags: z.array(remoteTag), next, gauge }),
  problems: { ...UNKNOWN, ...ELSEWHERE },
} as const satisfies Contract;

export const showRemoteImage = {
  method: 'GET',
  path: '/api/v1/registries/{id}/image',
  ...common,
  description: 'Shows an image of a connected registry: its manifest, platforms, layers, and what it runs.',
  input: z.strictObject({
    id,
    repository,
    reference: z.string().min(1).max(200).default('latest').describe('A tag or a digest.'),
    refresh,
  }),
  output: z.object({ image, gauge }),
  problems: { 404: ['REGISTRY_UNKNOWN', 'REMOTE_UNKNOWN', 'IMAGE_UNKNOWN'], ...ELSEWHERE },
} as const satisfies Contract;

export const listRemoteReferrers = {
  method: 'GET',
  path: '/api/v1/registries/{id}/referrers',
  ...common,
  description:
    'Lists what refers to an image of a connected registry: signatures, attestations, lists of parts. By the referrers API, or the tags that clients use where there is none.',
  input: z.strictObject({
    id,
    repository,
    digest: z.string().min(1).max(140).describe('Of the image.'),
    ...pageInput,
    after,
    refresh,
  }),
  output: z.object({ referrers: z.array(referrer), next, gauge }),
  problems: { ...UNKNOWN, ...ELSEWHERE },
} as const satisfies Contract;
