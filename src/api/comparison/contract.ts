import { z } from 'zod';
import { COMPARED_FIELDS } from '../../registry/images/image-comparison.ts';
import type { Contract } from '../contract.ts';

export type ComparisonSide = z.output<typeof side>;

const repository = z.string().min(1).max(255);
const reference = z.string().min(1).max(140);

const side = z.object({
  repository: z.string(),
  reference: z.string(),
  digest: z.string().describe('Of what was named.'),
  image: z.string().describe('Of the image that was compared: of an index, the one for the platform.'),
  platform: z.string().nullable().describe('Which one that is; `null`: it was no index.'),
  bytes: z.number().describe('Of its layers, each once.'),
});

export const compareImages = {
  method: 'GET',
  path: '/api/v1/repositories/{repository}/comparison',
  ability: 'see-repositories',
  action: 'pull',
  description:
    'Compares two images, also of two repositories that you may pull: which layers both have, what their configs say otherwise, how much larger one is.',
  input: z.strictObject({
    repository,
    from: reference.describe('A tag, or a digest.'),
    to: reference,
    toRepository: repository.optional().describe('Where `to` is, if elsewhere.'),
    platform: z
      .string()
      .max(100)
      .optional()
      .describe('Which image of an index, such as `linux/arm64`. Default: the first that both have, else the first.'),
  }),
  output: z.object({
    from: side,
    to: side,
    bytes: z.number().describe('How much larger the layers of `to` are; negative: smaller.'),
    layers: z
      .array(
        z.object({
          digest: z.string(),
          mediaType: z.string(),
          size: z.number(),
          change: z.enum(['shared', 'added', 'removed']),
        }),
      )
      .describe('Those that only `from` has, then those of `to` in their order.'),
    config: z
      .array(
        z.object({
          field: z.enum(COMPARED_FIELDS),
          name: z.string().nullable().describe('Of a variable, a label, a port or a volume.'),
          from: z.string().nullable(),
          to: z.string().nullable(),
        }),
      )
      .describe('What differs; commands as JSON.'),
    isConfigRead: z.boolean().describe('`false`: one of the configs cannot be read.'),
  }),
  problems: { 404: ['NAME_UNKNOWN', 'MANIFEST_UNKNOWN', 'PLATFORM_UNKNOWN'] },
} as const satisfies Contract;
