import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';

export type LayerFileReply = z.output<typeof file>;

const file = z.object({
  path: z.string().describe('Without a slash before it. Of a whiteout: what the layer removes.'),
  type: z.enum(['file', 'directory', 'symlink', 'hardlink', 'device', 'fifo', 'other']),
  size: z.number(),
  mode: z.int().describe('Permissions as a number: 493 is 0755.'),
  modifiedAt: z.iso.datetime().nullable(),
  linkTarget: z.string().nullable(),
  whiteout: z
    .enum(['file', 'opaque'])
    .nullable()
    .describe('`file`: the layer removes it; `opaque`: it removes all that layers below have in this folder.'),
});

export const listLayerFiles = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/layers/{digest}/files',
  ability: 'see-repositories',
  action: 'pull',
  description:
    'Lists the files of a layer in the order of its archive: tar, alone or packed by gzip or zstd. For each page it is read from its beginning, for 10 seconds, 2 GiB unpacked and 500,000 entries at most; four at once, of all who ask, and two of each: of an account, or of an address without one.',
  input: z.strictObject({
    repository: z.string().min(1).max(255),
    digest: z.string().min(1).max(140),
    ...pageInput,
    after: z.coerce
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe('Where the page begins: `next` of the page before.'),
    prefix: z.string().max(4096).default('').describe('Only paths that begin so.'),
  }),
  output: z.object({
    files: z.array(file),
    stoppedBy: z
      .enum(['time', 'bytes', 'entries', 'damage'])
      .nullable()
      .describe('Why there may be more than can be listed. `damage`: it is no archive, or not from there on.'),
    next,
  }),
} as const satisfies Contract;
