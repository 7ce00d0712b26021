import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';

export type Move = z.output<typeof move>;
export type Reverting = z.output<typeof reverting>;

const repository = z.string().min(1).max(255);
const tag = z.string().min(1).max(128);
const digest = z.string().min(1).max(140);

export const move = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  from: digest.nullable().describe('`null`: there was no such tag.'),
  to: digest.nullable().describe('`null`: it was deleted.'),
  by: z.string().describe('Name of who did it; empty for nobody known.'),
  client: z.string().nullable().describe('What their client calls itself.'),
  cause: z.string().describe('`client`: a push or a deletion; `revert`, `restore`, `policy`, `plan`, `import`, …'),
});

export const reverting = z.object({
  repository,
  tag,
  from: digest.nullable().describe('What it named before; `null`: there was no such tag.'),
  to: digest,
  restored: z.boolean().describe('Whether the manifest came back from the trash for it.'),
});

export const showHistory = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/tags/{tag}/history',
  ability: 'see-history',
  action: 'pull',
  description:
    'Lists where a tag was, and who moved it when, newest first; also of a tag that was deleted. How far back: `history.keepDays`.',
  input: z.strictObject({ repository, tag, ...pageInput }),
  output: z.object({ moves: z.array(move), next }),
} as const satisfies Contract;

export const revertTag = {
  method: 'POST',
  path: '/api/v1/repositories/{repository}/tags/{tag}/revert',
  ability: 'move-tags',
  action: 'push',
  description:
    'Sets a tag back to where it was, also one that was deleted. A manifest that is in the trash comes back for it, with what belongs to it.',
  input: z.strictObject({
    repository,
    tag,
    to: z
      .string()
      .min(1)
      .max(140)
      .describe('A digest; how many moves to undo, such as `1`; or a time, such as `2026-11-20T12:00:00Z`.'),
  }),
  output: reverting,
} as const satisfies Contract;
