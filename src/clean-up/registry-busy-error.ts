import { PlanError } from '../plans/plan-errors.ts';

/** Something is being deleted at that registry already: this plan, or another one. */
export class RegistryBusyError extends PlanError {
  constructor(name: string) {
    super(
      'PLAN_RUNNING',
      `A plan is being applied at ${name} already, here or by another node: one at a time. Try again when it has ended.`,
    );
  }
}
