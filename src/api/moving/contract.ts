import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { problemDocument } from '../problem-document.ts';

export type MovingLine = z.output<typeof line>;
export type MovingReport = z.output<typeof movingReport>;
export type MovingFinding = z.output<typeof finding>;
export type MovingProgress = Extract<MovingLine, { event: 'progress' }>;

const count = z.int().nonnegative();

export const moved = z.object({
  repositories: count,
  manifests: count,
  tags: count,
  blobs: count,
  bytes: count.describe('Of the blobs.'),
});

export const movingReport = z.object({
  dryRun: z.boolean().describe('Nothing was changed: the numbers say what would come.'),
  imported: moved.describe('What came, and was not here before. Of an export: what was written.'),
  ways: z
    .object({ linked: count, cloned: count, copied: count, 'in-place': count })
    .describe(
      'Blobs by how their bytes came: by a second name of the same file, by a clone that shares the disk, by a copy, or as objects that stay where they are.',
    ),
  skipped: z.object({ manifests: count, tags: count }).describe('What was here already.'),
  kept: count.describe('Tags that are here, name something else here, and were left so.'),
  broken: count.describe('Items that are broken in the source, and did not come.'),
});

export const finding = z.object({
  kind: z
    .enum(['repository', 'manifest', 'tag', 'blob', 'kept'])
    .describe('What it is that did not come; `kept`: a tag that is here already, and names something else.'),
  repository: z.string().optional().describe('As it is called here; of an invalid name, as it is called there.'),
  item: z.string().describe('A digest, a tag, or the name of a repository.'),
  reason: z.string().describe('A sentence.'),
});

const line = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
    elapsedSeconds: z.number().nonnegative(),
    moved,
    doneManifests: count.describe('Those that came, that were here, and that are broken.'),
    expectedManifests: count.optional().describe('How many the source has, once they are counted.'),
  }),
  z.object({ event: z.literal('finding').describe('Something did not come.'), finding }),
  z.object({ event: z.literal('done').describe('The last line.'), report: movingReport }),
  z.object({
    event: z
      .literal('failed')
      .describe('The last line, when it could not go on. What came is here, and the next run skips it.'),
    problem: problemDocument,
  }),
]);

const location = z.string().min(1).max(4096);

const taking = {
  dryRun: z.boolean().default(false),
  overwriteTags: z
    .boolean()
    .default(false)
    .describe('Moves tags that are here and name something else. Otherwise they are kept, and reported.'),
};

export const importRegistryV2 = {
  method: 'POST',
  path: '/api/v1/imports/registry-v2',
  ability: 'import-content',
  description:
    'Takes over the storage tree of a `registry:2`, while serving. It stops when the client goes away; called again, it goes on.',
  input: z.strictObject({
    source: location.describe(
      'An absolute path on the machine of this server, or `s3://bucket/prefix?endpoint=…&region=…`.',
    ),
    repositories: z.string().min(1).max(255).default('**').describe('A pattern, such as `team/**`.'),
    into: z.string().max(255).default('').describe('Stands, with a slash, before the name of every repository.'),
    verify: z
      .enum(['full', 'manifests'])
      .default('full')
      .describe('`full`: every byte is hashed; `manifests`: of blobs only the size is compared.'),
    transfer: z
      .enum(['auto', 'link', 'copy'])
      .default('auto')
      .describe('`auto`: by link where the disk allows it; `link`: or not at all; `copy`: never.'),
    ...taking,
  }),
  output: line,
  reply: 'lines',
  recordedAs: { subject: 'import', details: ['source', 'repositories', 'into', 'dryRun', 'overwriteTags'] },
} as const satisfies Contract;

export const importOciLayout = {
  method: 'POST',
  path: '/api/v1/imports/oci-layout',
  ability: 'import-content',
  description: 'Takes over images of an OCI layout into one repository, with their platforms and referrers.',
  input: z.strictObject({
    source: location.describe(
      'An absolute path on the machine of this server: of the folder, or of a tar archive of it.',
    ),
    sourceTag: z.string().min(1).max(1024).optional().describe('The entry of that name. Default: all of them.'),
    repository: z.string().min(1).max(255),
    tag: z.string().min(1).max(128).optional().describe('Of the one image. Default: the names in the layout.'),
    ...taking,
  }),
  output: line,
  reply: 'lines',
  recordedAs: { subject: 'import', details: ['source', 'repository', 'tag', 'dryRun', 'overwriteTags'] },
} as const satisfies Contract;

export const exportOciLayout = {
  method: 'POST',
  path: '/api/v1/exports/oci-layout',
  ability: 'export-content',
  description:
    'Writes images of one repository, with all their platforms, into an OCI layout: a folder on the machine of this server, new or added to. Only on the control socket: it writes files.',
  input: z.strictObject({
    repository: z.string().min(1).max(255),
    references: z.array(z.string().min(1).max(256)).max(1000).default([]).describe('Tags, and digests.'),
    allTags: z.boolean().default(false).describe('Every tag, instead of `references`.'),
    referrers: z.boolean().default(false).describe('Signatures and the like come along.'),
    folder: location.describe('An absolute path.'),
  }),
  output: line,
  reply: 'lines',
  recordedAs: { subject: 'export', details: ['repository', 'folder', 'allTags'] },
} as const satisfies Contract;
