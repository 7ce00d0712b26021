import { z } from 'zod';

export type ProblemDocument = z.output<typeof problemDocument>;

/** @see RFC 9457 */
export const problemDocument = z.object({
  /** A URI reference that ends in a code, such as `/api/v1/problems/USER_UNKNOWN`. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** For people: what happened, and what to do. */
  detail: z.string(),
  /** For INPUT_INVALID: which fields. */
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
