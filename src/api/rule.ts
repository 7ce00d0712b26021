import { z } from 'zod';

/** What may be done with a repository, or with the registries that a project is connected to. */
export const action = z.enum([
  'pull',
  'push',
  'delete',
  'admin',
  'registries:read',
  'registries:use',
  'registries:manage',
]);

/** Some actions in the repositories, or the projects, of a pattern. */
export const rule = z.object({
  pattern: z
    .string()
    .min(1)
    .max(255)
    .describe(
      'Repositories: `team/app`, `team/*` (one level), `team/**` (all below), `**` (all); for `registries:…`, projects: `pn-123456`.',
    ),
  actions: z
    .array(action)
    .min(1)
    .max(4)
    .describe(
      'Of repositories: `pull`, `push`, `delete`; `admin` is these three. Of projects: `registries:read`, `registries:use`, `registries:manage`, each with those before it. Not of both.',
    ),
});
