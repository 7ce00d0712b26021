import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { restoration, trashEntry } from '../trash/contract.ts';

export type Repository = z.output<typeof repositoryDocument>;
export type Deletion = z.output<typeof deletion>;

const repository = z.string().min(1).max(255);
const digest = z.string().min(1).max(140);
const tag = z.string().min(1).max(128);
const reference = { tag: tag.optional(), digest: digest.optional() };

export const repositoryDocument = z.object({
  name: repository,
  createdAt: z.iso.datetime(),
  tags: z.int(),
  manifests: z.int(),
  blobs: z.int(),
  bytes: z.int().describe('Of its blobs and manifests, each once.'),
  uniqueBytes: z.int().describe('Of these, what no other repository has.'),
  pushedAt: z.iso.datetime().nullable().describe('When a tag was set last; `null`: it has none.'),
  pulledAt: z.iso
    .datetime()
    .nullable()
    .describe('`null`: not since pulls are counted. A little behind: `pulls.flushSeconds`.'),
  actions: z.array(z.enum(['pull', 'push', 'delete'])).describe('What you may do there.'),
});

const cascaded = z.object({
  digest,
  reason: z
    .enum(['asked', 'child', 'referrer', 'signature'])
    .describe('`asked`: what was named; the others go with it, because nothing else keeps them.'),
  with: digest.nullable().describe('What it goes with.'),
  tags: z.array(tag).describe('Its tags, which go too.'),
});

export const deletion = z.object({
  repository,
  tag: tag.nullable().describe('The tag that was named.'),
  manifests: z.array(cascaded).describe('Empty where only a tag goes: something else keeps its manifest.'),
});

const deleted = trashEntry.omit({ manifests: true, tags: true, firstTag: true });

export const listRepositories = {
  method: 'GET',
  path: '/api/v1/repositories',
  ability: 'see-repositories',
  audience: 'catalog',
  description:
    'Lists the repositories that hold a manifest and that you may pull. By name, a page is a range of an index, which `prefix` narrows. Of at most 20,000 names that are looked at for a page, yours are shown: it may be short, or empty, before the last. By anything else all of yours among the first 20,000 are compared for each page.',
  input: z.strictObject({
    ...pageInput,
    prefix: z.string().max(255).default('').describe('Only names that begin so.'),
    q: z.string().max(255).default('').describe('Only names that have this in them, whatever its case.'),
    sort: z
      .enum(['name', 'size', 'tags', 'pushed', 'pulled'])
      .default('name')
      .describe('`pushed`, `pulled`: when that was last; never comes before ever.'),
    direction: z.enum(['ascending', 'descending']).default('ascending'),
  }),
  output: z.object({
    repositories: z.array(repositoryDocument),
    isComplete: z.boolean().describe('`false`: there are more than were compared; ask for a `prefix`.'),
    next,
  }),
} as const satisfies Contract;

export const showRepository = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}',
  ability: 'see-repositories',
  action: 'pull',
  description: 'Shows one repository.',
  input: z.strictObject({ repository }),
  output: z.object({ repository: repositoryDocument }),
} as const satisfies Contract;

export const deleteRepository = {
  method: 'DELETE',
  path: '/api/v1/repositories/{repository}',
  ability: 'delete-content',
  action: 'delete',
  description:
    'Deletes a repository with all that it holds, at once whatever that is. It can be restored until the time of the trash is over.',
  input: z.strictObject({ repository }),
  output: z.object({ trash: deleted }),
} as const satisfies Contract;

export const foreseeDeletion = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/deletion',
  ability: 'delete-content',
  action: 'delete',
  description:
    'Says what would go if a tag or a manifest were deleted with all that belongs to it, and changes nothing.',
  input: z.strictObject({ repository, ...reference }),
  output: deletion,
} as const satisfies Contract;

export const deleteContent = {
  method: 'POST',
  path: '/api/v1/repositories/{repository}/deletion',
  ability: 'delete-content',
  action: 'delete',
  description:
    'Deletes a tag or a manifest with all that belongs to it: the manifest of a tag if nothing else keeps it, children of an index, what refers to it, its signatures. It can be restored as a whole.',
  input: z.strictObject({ repository, ...reference }),
  output: deletion.extend({ trash: deleted }),
} as const satisfies Contract;

export const listRepositoryTrash = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/trash',
  ability: 'restore-content',
  action: 'delete',
  description: 'Lists what was deleted in a repository and can be restored, newest first.',
  input: z.strictObject({ repository, ...pageInput }),
  output: z.object({ entries: z.array(trashEntry), next }),
} as const satisfies Contract;

export const restoreInRepository = {
  method: 'POST',
  path: '/api/v1/repositories/{repository}/restore',
  ability: 'restore-content',
  action: 'delete',
  description:
    'Restores in one repository: what was deleted by one act, a tag, a manifest, or, with nothing named, the repository itself.',
  input: z.strictObject({ repository, id: z.int().positive().optional(), ...reference }),
  output: restoration,
} as const satisfies Contract;
