import { TagPatternInvalidError } from '../../oci/tag-pattern.ts';
import { PlanError, type PlanErrorCode } from '../../plans/plan-errors.ts';
import { PolicyError, type PolicyErrorCode } from '../../policies/policy-errors.ts';
import { ScheduleInvalidError } from '../../policies/schedule.ts';
import { PolicyInvalidError } from '../../retention/problem.ts';
import { ProblemError } from '../problem.ts';

const STATUS: Readonly<Record<PlanErrorCode | PolicyErrorCode, number>> = {
  PLAN_UNKNOWN: 404,
  PLAN_STATE: 409,
  PLAN_RUNNING: 409,
  PLAN_DIGEST_MISMATCH: 409,
  PLAN_CHANGED: 409,
  PLAN_BEING_MADE: 409,
  PLANS_TOO_MANY: 409,
  POLICY_UNKNOWN: 404,
  POLICY_TAKEN: 409,
  POLICY_RUNNING: 409,
  POLICY_STOPPED: 409,
  REGISTRY_UNKNOWN: 404,
};

/** The problem that an error of plans or policies is to whoever asked; `undefined` for any other error. */
export function planProblem(error: unknown): ProblemError | undefined {
  if (error instanceof PlanError || error instanceof PolicyError) {
    return new ProblemError(STATUS[error.code], error.code, error.message);
  }
  if (error instanceof PolicyInvalidError) {
    const errors = error.problems.map(({ path, message }) => ({ field: path, message }));
    const detail = `The document cannot be a policy: ${error.message}`;
    return new ProblemError(400, 'POLICY_INVALID', detail, { errors });
  }
  if (error instanceof ScheduleInvalidError) return new ProblemError(400, 'SCHEDULE_INVALID', error.message);
  if (error instanceof TagPatternInvalidError) return new ProblemError(400, 'TAG_PATTERN_INVALID', error.message);
  return undefined;
}
