import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';

export type Entry = z.output<typeof trashEntry>;
export type Restoration = z.output<typeof restoration>;
export type Totals = z.output<typeof trashTotals>;

const repository = z.string().min(1).max(255);
const kind = z.enum(['tag', 'manifest', 'repository']);
const digest = z.string().min(1).max(140);
const tag = z.string().min(1).max(128);

export const trashEntry = z.object({
  id: z.int(),
  kind,
  repository,
  tag: tag.nullable().describe('What was asked to go, where it was one thing.'),
  digest: digest.nullable(),
  deletedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().describe('Until then it can be restored.'),
  deletedBy: z.string().describe('Name of who deleted it; empty for nobody known.'),
  client: z.string().nullable().describe('What their client calls itself.'),
  cause: z
    .string()
    .describe(
      '`client`: the registry API; `admin`: this API or a command; else the work that did it, such as `policy`.',
    ),
  planId: z.string().nullable(),
  manifests: z.int().describe('How many manifests it holds. Of a whole repository nothing is counted.'),
  tags: z.int(),
  firstTag: tag.nullable().describe('One of those tags: the first by name.'),
});

const inRepository = { repository };

export const restoration = z.object({
  entries: z
    .array(trashEntry.omit({ manifests: true, tags: true, firstTag: true }))
    .describe('What was restored from.'),
  repositories: z.array(z.string()).describe('That are back whole.'),
  manifests: z.array(z.object({ ...inRepository, digest })),
  tags: z.array(z.object({ ...inRepository, tag, digest })),
  kept: z
    .array(
      z.object({
        ...inRepository,
        tag,
        digest: digest.describe('What it names, and goes on naming.'),
        trashed: digest.describe('What it would name.'),
      }),
    )
    .describe('Tags that exist by now and stay as they are.'),
  missing: z
    .array(z.object({ ...inRepository, digest, neededBy: z.string().describe('An index, or a tag.') }))
    .describe('What something restored needs, and is nowhere any more.'),
});

const amount = z.object({
  entries: z.int(),
  blobs: z.int(),
  bytes: z.int().describe('Of those blobs: what nothing but the trash keeps.'),
});

export const trashTotals = z.object({
  restorable: amount.describe('What can be restored.'),
  reclaimable: amount.describe('What the next collection frees: its time is over.'),
});

const which = {
  id: z.int().positive().optional().describe('One act of deleting, whole.'),
  planId: z.string().min(1).max(100).optional().describe('All that a plan deleted.'),
  repository: repository.optional().describe('Alone: the repository, which was deleted whole.'),
  tag: tag.optional().describe('Of the repository: this tag, with its manifest and what belongs to it.'),
  digest: digest.optional().describe('Of the repository: this manifest, with what belongs to it.'),
};

export const listTrash = {
  method: 'GET',
  path: '/api/v1/trash',
  ability: 'restore-content',
  description: 'Lists what was deleted and can be restored, newest first.',
  input: z.strictObject({
    ...pageInput,
    repository: repository.optional(),
    q: repository.optional().describe('A part of the name of the repository.'),
    deletedBy: z.string().min(1).max(255).optional().describe('A part of the name of who deleted it.'),
    kind: kind.optional(),
    planId: which.planId,
  }),
  output: z.object({ entries: z.array(trashEntry), next }),
} as const satisfies Contract;

export const countTrash = {
  method: 'GET',
  path: '/api/v1/trash/totals',
  ability: 'restore-content',
  description:
    'Counts what nothing but the trash keeps. It looks at everything that is stored, which takes seconds for a million blobs.',
  input: z.strictObject({}),
  output: trashTotals,
} as const satisfies Contract;

export const showTrash = {
  method: 'GET',
  path: '/api/v1/trash/{id}',
  ability: 'restore-content',
  description: 'Shows one act of deleting, with the first 1000 tags and manifests that it took.',
  input: z.strictObject({ id: z.coerce.number().pipe(z.int().positive()) }),
  output: z.object({
    entry: trashEntry,
    tags: z.array(z.object({ tag, digest })),
    manifests: z.array(digest),
  }),
} as const satisfies Contract;

export const restoreTrash = {
  method: 'POST',
  path: '/api/v1/trash/restore',
  ability: 'restore-content',
  description:
    'Restores what was deleted, with all that belongs to it: by the number of the entry, by plan, or, by name, what was deleted last. A tag that exists by now is not moved.',
  input: z.strictObject(which),
  output: restoration,
} as const satisfies Contract;

export const emptyTrash = {
  method: 'POST',
  path: '/api/v1/trash/empty',
  ability: 'restore-content',
  description:
    'Ends the time of one entry, of those of a repository, or of all: they cannot be restored any more, and the next collection frees what they kept.',
  input: z.strictObject({ id: which.id, repository: repository.optional() }),
  output: z.object({ entries: z.int().describe('How many.') }),
} as const satisfies Contract;
