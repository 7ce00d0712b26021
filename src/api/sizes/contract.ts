import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { rule } from '../rule.ts';

export type RepositorySizes = z.output<typeof repositorySizes>;
export type Size = z.output<typeof size>;
export type Sums = z.output<typeof sums>;

const repository = z.string().min(1).max(255);

export const size = z
  .object({
    total: z.int().describe('All of it, each content once.'),
    unique: z.int().describe('What nothing else needs: so much is free when it goes for good.'),
    shared: z.int().describe('The rest.'),
  })
  .describe('In bytes.');

const repositorySizes = z.object({
  repository,
  size: size.describe('`unique` is what no other repository has. Manifests count as its own.'),
  blobs: z.int(),
  blobBytes: z.int(),
  manifests: z.int(),
  manifestBytes: z.int(),
  tags: z.int(),
});

const sums = z.object({
  repositories: z.int(),
  counted: z.int().describe('Bytes of all of them added up: what several have counts for each, as quotas count it.'),
  blobs: size.nullable().describe('Each blob once; `null` where `exact` was not asked for.'),
  manifests: z.int(),
  manifestBytes: z.int(),
  tags: z.int(),
  trash: z
    .object({ restorable: z.int(), reclaimable: z.int() })
    .describe('Bytes that only the trash keeps: what can be restored, and what the next collection frees.'),
});

export const showRepositorySizes = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/sizes',
  ability: 'see-sizes',
  action: 'pull',
  description: 'Says how much a repository holds. It is counted as things come and go, so that asking costs nothing.',
  input: z.strictObject({ repository }),
  output: repositorySizes,
} as const satisfies Contract;

export const showTagSize = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/tags/{tag}/size',
  ability: 'see-sizes',
  action: 'pull',
  description:
    'Says how much an image holds: what its tag names, with the children of an index, configs and layers. `unique` is what no other manifest needs, in any repository.',
  input: z.strictObject({ repository, tag: z.string().min(1).max(128) }),
  output: z.object({ repository, tag: z.string(), digest: z.string(), size }),
} as const satisfies Contract;

export const listSizes = {
  method: 'GET',
  path: '/api/v1/sizes',
  ability: 'see-sizes',
  description:
    'Says how much the repositories of a pattern hold, and lists the largest of them. Sums come with the first page.',
  input: z.strictObject({
    ...pageInput,
    pattern: rule.shape.pattern.default('**'),
    exact: z
      .stringbool()
      .or(z.boolean())
      .default(false)
      .describe('Count each blob once for all of them: reads all links, some seconds for a million.'),
  }),
  output: z.object({
    sums: sums.nullable().describe('`null` on later pages.'),
    repositories: z.array(repositorySizes).describe('Largest first.'),
    next,
  }),
} as const satisfies Contract;

export const recountSizes = {
  method: 'POST',
  path: '/api/v1/sizes/recount',
  ability: 'see-sizes',
  description:
    'Counts everything again and puts right what was counted wrong, which nothing should be. Pushes go on meanwhile.',
  input: z.strictObject({}),
  output: z.object({
    differences: z.array(
      z.object({
        of: z.enum(['repository', 'quota']),
        id: z.int(),
        missing: z.record(z.string(), z.int()).describe('What had to be added.'),
      }),
    ),
  }),
} as const satisfies Contract;
