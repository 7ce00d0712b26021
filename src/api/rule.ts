import { z } from 'zod';

/** What may be done with a repository. `admin` is the three others and its settings. */
export const action = z.enum(['pull', 'push', 'delete', 'admin']);

/** Some actions in the repositories of a pattern. */
export const rule = z.object({
  pattern: z
    .string()
    .min(1)
    .max(255)
    .describe('Repositories: `team/app`, `team/*` (one level), `team/**` (all below), `**` (all).'),
  actions: z.array(action).min(1).max(4).describe('`admin` is the three others.'),
});
