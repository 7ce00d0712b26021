import type { PlanChange } from './changes.ts';
import type { PlanState } from '../metadata/plans.ts';

/** Why a plan is not applied, seen or discarded: for whoever asked. */
export class PlanError extends Error {
  readonly code: PlanErrorCode;

  constructor(code: PlanErrorCode, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

export type PlanErrorCode =
  | 'PLAN_UNKNOWN'
  | 'PLAN_STATE'
  | 'PLAN_RUNNING'
  | 'PLAN_DIGEST_MISMATCH'
  | 'PLAN_CHANGED'
  | 'PLAN_BEING_MADE'
  | 'PLANS_TOO_MANY';

export class PlanUnknownError extends PlanError {
  constructor(id: string) {
    super('PLAN_UNKNOWN', `There is no plan ${id}; it may have expired.`);
  }
}

export class PlanStateError extends PlanError {
  constructor(id: string, state: PlanState) {
    const words = {
      building: 'is still being made',
      open: 'is open',
      applying: 'is being applied',
      applied: 'was applied',
    };
    super('PLAN_STATE', `Plan ${id} ${words[state]}.`);
  }
}

export class PlanRunningError extends PlanError {
  constructor(id: string) {
    super('PLAN_RUNNING', `Plan ${id} is being applied already, here or by another node.`);
  }
}

export class PlanDigestError extends PlanError {
  constructor(id: string, digest: string) {
    super('PLAN_DIGEST_MISMATCH', `Plan ${id} has the digest ${digest}: it is not the one you looked at.`);
  }
}

/** The world is not as the plan saw it. Nothing was deleted. */
export class PlanChangedError extends PlanError {
  readonly changes: readonly PlanChange[];
  /** Of which {@link changes} are the first. */
  readonly total: number;

  constructor(changes: readonly PlanChange[], total: number, allowedPercent: number) {
    super(
      'PLAN_CHANGED',
      `${total} of what was planned changed since, which is more than the ${allowedPercent} % that may; nothing was deleted. Make the plan again, or allow more.`,
    );
    this.changes = changes;
    this.total = total;
  }
}
