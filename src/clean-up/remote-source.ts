import type { PlanSource } from '../plans/plan.ts';
import type { Plan } from '../plans/stored-plan.ts';

/** What a plan for another registry is made from. `kind` and `connection` come first: lists are found by them. */
export interface RemoteSource {
  readonly kind: 'remote';
  /** Id of a connection. */
  readonly connection: string;
  /** Name and URL of the registry when the plan was made. */
  readonly name: string;
  readonly url: string;
  /** Id of the principal. Absent in plans of before. */
  readonly madeBy?: string;
  readonly wanted: PlanSource;
}

export type RemotePlan = Plan<RemoteSource>;
