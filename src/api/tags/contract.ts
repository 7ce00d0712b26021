import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';

export type TagDocument = z.output<typeof tagDocument>;
export type ManifestDocument = z.output<typeof manifestDocument>;

const repository = z.string().min(1).max(255);
const digest = z.string().min(1).max(140);
const time = z.iso.datetime();

const common = {
  digest,
  mediaType: z.string(),
  artifactType: z.string().nullable(),
  subject: digest.nullable().describe('What it refers to, as signatures do.'),
  size: z.int().describe('Of the manifest itself, in bytes.'),
  pushedAt: time,
  expiresAt: time.nullable().describe('From then on it cannot be pulled; `null`: it does not end by itself.'),
  lastPulledAt: time.nullable().describe('`null`: not since pulls are counted. A little behind: `pulls.flushSeconds`.'),
  lastPulledBy: z.string().nullable().describe('Name of who pulled it; empty for nobody known.'),
  pulls: z.int(),
  platform: z.string().nullable().describe('Such as `linux/arm64/v8`; of an image, not of an index.'),
  builtAt: time.nullable().describe('As the image says itself.'),
};

export const tagDocument = z.object({
  name: z.string(),
  updatedAt: time.describe('When it was last set.'),
  setBy: z
    .string()
    .nullable()
    .describe('Name of who moved it last, empty for nobody known; `null`: longer ago than history goes back.'),
  ...common,
  children: z.int().describe('How many manifests an index names.'),
  platforms: z
    .array(z.string())
    .describe('Its own, or those of an index; at most 20, and none of those that are not here.'),
  bytes: z
    .int()
    .nullable()
    .describe(
      'Of all that belongs to it, each content once. `null`: there is too much on this page to add up, which reads 12,000 contents at most; ask for the size of the tag.',
    ),
  otherTags: z.int().describe('How many more tags name the same manifest, counted to 100.'),
  isImmutable: z.boolean().describe('A rule keeps it where it is.'),
  isProtected: z.boolean().describe('A rule says who may move or delete it.'),
  isPinned: z.boolean().describe('A rule keeps the manifest.'),
});

export const manifestDocument = z.object({
  ...common,
  annotations: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()).describe('Of the config of an image; very long ones are left out.'),
  tags: z.array(z.string()),
  children: z.array(digest).describe('Manifests that an index names.'),
  indexes: z.array(digest).describe('Indexes here that name it.'),
  keptBy: z.string().nullable().describe('Why it cannot be deleted: the rule that forbids it to you.'),
});

export const listTags = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/tags',
  ability: 'see-repositories',
  action: 'pull',
  description:
    'Lists the tags of a repository, with what they name and who pulled it last. Names come in byte order. Every order is that of an index: a page costs the same wherever it is, of a million tags too. To find `q`, at most 100,000 tags are looked at for a page, which may then be short before the last; `prefix`, by name, looks at nothing else.',
  input: z.strictObject({
    repository,
    ...pageInput,
    q: z.string().max(128).default('').describe('Only names that have this in them, whatever its case.'),
    prefix: z.string().max(128).default('').describe('Only names that begin so.'),
    sort: z
      .enum(['name', 'pushed', 'pulled'])
      .default('name')
      .describe(
        '`pushed`: when the tag was set. `pulled`: when what it names was pulled last; never comes before ever.',
      ),
    direction: z.enum(['ascending', 'descending']).default('ascending'),
  }),
  output: z.object({
    tags: z.array(tagDocument),
    total: z.int().nullable().describe('Of the repository; `null` where only some are asked for.'),
    next,
  }),
} as const satisfies Contract;

export const showManifest = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/manifests/{digest}',
  ability: 'see-repositories',
  action: 'pull',
  description: 'Shows what is known of a manifest: what it says of itself, its tags, and what keeps it.',
  input: z.strictObject({ repository, digest }),
  output: z.object({ manifest: manifestDocument }),
} as const satisfies Contract;
