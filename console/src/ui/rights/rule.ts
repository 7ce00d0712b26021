import type { createToken } from '../../../../src/api/tokens/contract.ts';
import type { InputOf } from '../../api/call.ts';

/** Some actions, in the repositories or the projects of a pattern. */
export type Rule = NonNullable<InputOf<typeof createToken>['scope']>[number];
export type Action = Rule['actions'][number];

/** What may be done with registries of a project: each is with those before it. */
export const PROJECT_LEVELS = ['registries:read', 'registries:use', 'registries:manage'] as const;
export const REPOSITORY_ACTIONS = ['pull', 'push', 'delete', 'admin'] as const;

export function isAboutProjects({ actions }: Rule): boolean {
  return actions.some((action) => action.startsWith('registries:'));
}
