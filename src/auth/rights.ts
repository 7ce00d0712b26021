import { parseRepositoryPattern, type RepositoryPattern } from '../oci/repository-pattern.ts';
import { ACTIONS, type Action, type GrantableAction } from './principal.ts';

/** Some actions, a bit for each. Those of projects have bits of their own, so that none is taken for one of a repository. */
export type ActionSet = number;

const BITS: Readonly<Record<GrantableAction, ActionSet>> = {
  pull: 1,
  push: 2,
  delete: 4,
  admin: 8,
  'registries:read': 16,
  'registries:use': 32,
  'registries:manage': 64,
};

export const NO_ACTIONS: ActionSet = 0;
/** All that may be done with a repository. */
export const ALL_ACTIONS: ActionSet = 15;
const ALL_PROJECT_ACTIONS: ActionSet = 112;

/** What an action implies besides itself; `admin` of repositories implies nothing in projects. */
const IMPLIED: Readonly<Partial<Record<GrantableAction, ActionSet>>> = {
  admin: ALL_ACTIONS,
  'registries:use': BITS['registries:read'],
  'registries:manage': ALL_PROJECT_ACTIONS,
};

/** The set of these actions and what they imply. */
export function actionSet(actions: Iterable<GrantableAction>): ActionSet {
  let set = NO_ACTIONS;
  for (const action of actions) set |= BITS[action] | (IMPLIED[action] ?? NO_ACTIONS);
  return set;
}

export function hasAction(set: ActionSet, action: GrantableAction): boolean {
  return (set & BITS[action]) !== 0;
}

export function listActions(set: ActionSet): readonly Action[] {
  return ACTIONS.filter((action) => hasAction(set, action));
}

/** What may be done where: in repositories, and in projects, whose names are no names of repositories. */
export interface Rights {
  on(repositoryOrProject: string): ActionSet;
  /** Every action that may be allowed somewhere: what is not here is allowed nowhere. */
  readonly anywhere: ActionSet;
}

/** Some actions in the repositories, or the projects, of a pattern: what a grant gives, and what a scope limits to. */
export interface Rule {
  readonly pattern: RepositoryPattern;
  readonly actions: ActionSet;
}

/** @throws {PatternInvalidError} */
export function parseRule(pattern: string, actions: readonly GrantableAction[]): Rule {
  return { pattern: parseRepositoryPattern(pattern), actions: actionSet(actions) };
}

const ALL_GRANTABLE_ACTIONS = ALL_ACTIONS | ALL_PROJECT_ACTIONS;

export const EVERYTHING: Rights = { on: () => ALL_GRANTABLE_ACTIONS, anywhere: ALL_GRANTABLE_ACTIONS };

export const NOTHING: Rights = { on: () => NO_ACTIONS, anywhere: NO_ACTIONS };

/** What any of the rules gives. */
export function granted(rules: readonly Rule[]): Rights {
  return {
    on: (repository) => {
      let set = NO_ACTIONS;
      for (const { pattern, actions } of rules) {
        if ((set | actions) !== set && pattern.matches(repository)) set |= actions;
      }
      return set;
    },
    anywhere: rules.reduce((set, { actions }) => set | actions, NO_ACTIONS),
  };
}

/** Rights on repositories by name, with nothing elsewhere. */
export function exactly(actionsByRepository: ReadonlyMap<string, ActionSet>): Rights {
  return {
    on: (repository) => actionsByRepository.get(repository) ?? NO_ACTIONS,
    anywhere: [...actionsByRepository.values()].reduce((set, actions) => set | actions, NO_ACTIONS),
  };
}

export function either(first: Rights, second: Rights): Rights {
  return {
    on: (repository) => first.on(repository) | second.on(repository),
    anywhere: first.anywhere | second.anywhere,
  };
}

/** What is in the rights and under the ceiling. */
export function within(rights: Rights, ceiling: Rights): Rights {
  return {
    on: (repository) => {
      const limit = ceiling.on(repository);
      return limit === NO_ACTIONS ? NO_ACTIONS : rights.on(repository) & limit;
    },
    anywhere: rights.anywhere & ceiling.anywhere,
  };
}
