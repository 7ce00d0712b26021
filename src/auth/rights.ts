import { parseRepositoryPattern, type RepositoryPattern } from '../oci/repository-pattern.ts';
import { ACTIONS, type Action } from './principal.ts';

/** Some actions, a bit for each. */
export type ActionSet = number;

const BITS: Readonly<Record<Action, ActionSet>> = { pull: 1, push: 2, delete: 4, admin: 8 };

export const NO_ACTIONS: ActionSet = 0;
export const ALL_ACTIONS: ActionSet = 15;

/** The set of these actions and what they imply: `admin` implies all. */
export function actionSet(actions: Iterable<Action>): ActionSet {
  let set = NO_ACTIONS;
  for (const action of actions) set |= action === 'admin' ? ALL_ACTIONS : BITS[action];
  return set;
}

export function hasAction(set: ActionSet, action: Action): boolean {
  return (set & BITS[action]) !== 0;
}

export function listActions(set: ActionSet): readonly Action[] {
  return ACTIONS.filter((action) => hasAction(set, action));
}

/** What may be done where. */
export interface Rights {
  on(repository: string): ActionSet;
  /** Every action that may be allowed in some repository: what is not here is allowed nowhere. */
  readonly anywhere: ActionSet;
}

/** Some actions in the repositories of a pattern: what a grant gives, and what a scope limits to. */
export interface Rule {
  readonly pattern: RepositoryPattern;
  readonly actions: ActionSet;
}

/** @throws {PatternInvalidError} */
export function parseRule(pattern: string, actions: readonly Action[]): Rule {
  return { pattern: parseRepositoryPattern(pattern), actions: actionSet(actions) };
}

export const EVERYTHING: Rights = { on: () => ALL_ACTIONS, anywhere: ALL_ACTIONS };

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
