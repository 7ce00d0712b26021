import { z } from 'zod';

export type ProblemDocument = z.output<typeof problemDocument>;

/** @see RFC 9457 */
export const problemDocument = z.object({
  type: z.string().describe('A URI reference that ends in a code, such as `/api/v1/problems/ACCOUNT_UNKNOWN`.'),
  title: z.string().describe('The same for every occurrence of the code.'),
  status: z.int().describe('The status of the reply.'),
  detail: z.string().describe('For people: what happened, and what to do.'),
  errors: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .optional()
    .describe('With `INPUT_INVALID`: which fields.'),
});
