import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';

export type ImageReply = z.output<typeof storedImage>;
export type ReferrerReply = z.output<typeof referrer>;
export type ConfigReply = z.output<typeof imageConfig>;

const repository = z.string().min(1).max(255);
const reference = z.string().min(1).max(140).describe('A tag, or a digest.');
const digest = z.string();
const time = z.iso.datetime();
const texts = z.record(z.string(), z.string());
const said = z.string().nullable();

export const kind = z
  .enum(['image', 'index', 'signature', 'sbom', 'attestation', 'helm-chart', 'wasm', 'artifact'])
  .describe('As its media types say.');

const blob = z.object({ digest, mediaType: z.string(), size: z.number() });

const layer = blob.extend({
  title: said.describe('The file that it is, of an artifact.'),
  isHere: z
    .boolean()
    .describe('`false`: clients fetch it elsewhere, or it was never pushed. Looked up of the first 200 layers.'),
  otherRepositories: z
    .int()
    .nullable()
    .describe(
      'That have it too, counted to 100: for administrators all, for others those that they may pull, of the first 2000 that are looked at. `null` behind the first 200 layers.',
    ),
  otherManifests: z
    .int()
    .nullable()
    .describe('That name it too, wherever they are, counted to 100; `null` for whoever is no administrator.'),
  repositories: z.array(z.string()).describe('Some of the others: at most 10, and only those that you may pull.'),
});

const step = z.object({
  created: said,
  createdBy: said,
  author: said,
  comment: said,
  isEmpty: z.boolean().describe('It made no layer.'),
  layer: z.int().nullable().describe('Which one of `layers` it made, from 0.'),
});

const count = z.number().nullable();

export const imageConfig = z.object({
  created: said.describe('As the image says itself.'),
  author: said,
  os: said,
  architecture: said,
  variant: said,
  user: said,
  workingDirectory: said,
  stopSignal: said,
  environment: z.array(z.string()),
  entrypoint: z.array(z.string()),
  command: z.array(z.string()),
  exposedPorts: z.array(z.string()),
  volumes: z.array(z.string()),
  labels: texts,
  healthcheck: z
    .object({ test: z.array(z.string()), interval: count, timeout: count, startPeriod: count, retries: count })
    .nullable()
    .describe('Times in nanoseconds, as Docker has them.'),
});

const child = blob.extend({
  platform: said.describe('Such as `linux/arm64/v8`.'),
  kind,
  about: digest.nullable().describe('Of an attestation of BuildKit: the image that it is about.'),
  bytes: z
    .number()
    .nullable()
    .describe(
      'Of all that belongs to it; `null` of what is not here, behind the first 100, and where more than 12,000 contents belong to them.',
    ),
  isHere: z.boolean(),
  annotations: texts,
});

export const storedImage = blob.extend({
  repository: z.string(),
  reference,
  kind,
  artifactType: said,
  subject: digest.nullable().describe('What it refers to, as signatures do.'),
  bytes: z
    .number()
    .nullable()
    .describe('Of all that belongs to it, each content once; `null` where that is more than 12,000 contents.'),
  pushedAt: time,
  expiresAt: time.nullable(),
  lastPulledAt: time.nullable(),
  lastPulledBy: said.describe('Empty for nobody known.'),
  pulls: z.int(),
  tags: z
    .array(z.object({ name: z.string(), updatedAt: time, setBy: said }))
    .describe('That name it, by name, at most 100; by whom they were set, as far back as history goes.'),
  annotations: texts,
  children: z.array(child).describe('Of an index.'),
  blob: blob.nullable().describe('Its config.'),
  config: imageConfig.nullable().describe('`null`: it is none of an image, has more than 4 MiB, or cannot be read.'),
  configText: said.describe('Of what is no image, such as a chart: its config, if that is JSON of at most 256 KiB.'),
  layers: z.array(layer),
  history: z.array(step).describe('Oldest first.'),
  manifest: z.string().describe('As it was pushed.'),
});

const node = blob.extend({
  artifactType: said,
  kind,
  tag: said.describe('Of cosign’s older way: the tag by which it refers. `null`: it says so itself.'),
  annotations: texts,
  get referrers() {
    return z.array(node).describe('What refers to this one, at most 10, three levels deep.');
  },
  hasMore: z.boolean().describe('More refers to it than is shown: ask for its own referrers.'),
});

export const referrer = node;

export const showImage = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/images/{reference}',
  ability: 'see-repositories',
  action: 'pull',
  description:
    'Shows an image, an index or another artifact: its manifest, what it runs and how it was made, who else has its layers, who set its tags and pulled it.',
  input: z.strictObject({ repository, reference }),
  output: z.object({ image: storedImage }),
} as const satisfies Contract;

export const listReferrers = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/images/{reference}/referrers',
  ability: 'see-repositories',
  action: 'pull',
  description:
    'Lists what refers to a manifest, and what refers to that: signatures, SBOMs, attestations and others, by `subject` or by the tags of cosign, which come with the first page.',
  input: z.strictObject({
    repository,
    reference,
    ...pageInput,
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  output: z.object({ referrers: z.array(referrer), next }),
} as const satisfies Contract;
