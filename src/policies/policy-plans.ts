import type { ApplyOptions, Plans, PlanWork } from '../plans/plans.ts';
import type { PlannedPolicy } from '../plans/plan.ts';
import type { Plan } from '../plans/stored-plan.ts';
import type { StoredPolicy } from './policy.ts';
import { plannedPolicyOf } from './policy.ts';

/** A plan for this registry or for another one: what it was made from is for others to know. */
export type AnyPlan = Plan<unknown>;

interface PolicySource {
  readonly kind: 'policy';
  readonly policy: PlannedPolicy;
}

/** Plans for connected registries; `clean-up/` makes them. */
export interface PlansElsewhere {
  /** @param connection id of one. */
  create(connection: string, source: PolicySource, work: PlanWork): Promise<AnyPlan>;

  /** `undefined`: there is none, or it is for this registry. */
  find(id: string): Promise<Plan<{ readonly connection: string }> | undefined>;

  apply(id: string, options: ApplyOptions): Promise<AnyPlan>;
}

export interface PolicyPlansParts {
  readonly here: Pick<Plans, 'create' | 'apply' | 'get'>;
  readonly elsewhere: PlansElsewhere;
}

/** Plans of policies, each for the registry that it names. */
export class PolicyPlans {
  readonly #here: PolicyPlansParts['here'];
  readonly #elsewhere: PlansElsewhere;

  constructor({ here, elsewhere }: PolicyPlansParts) {
    this.#here = here;
    this.#elsewhere = elsewhere;
  }

  create(policy: StoredPolicy, work: PlanWork): Promise<AnyPlan> {
    const source = { kind: 'policy', policy: plannedPolicyOf(policy) } as const;
    const { connection } = policy;
    return connection === undefined
      ? this.#here.create(source, work)
      : this.#elsewhere.create(connection, source, work);
  }

  /** Wherever its policy is for by now. @throws {PlanUnknownError} */
  async get(id: string): Promise<AnyPlan> {
    return (await this.#elsewhere.find(id)) ?? (await this.#here.get(id));
  }

  /** Id of the connected registry that a plan is for; `undefined`: this one. */
  async connectionOf({ id }: Pick<AnyPlan, 'id'>): Promise<string | undefined> {
    return (await this.#elsewhere.find(id))?.source.connection;
  }

  async apply({ id }: Pick<AnyPlan, 'id'>, options: ApplyOptions): Promise<AnyPlan> {
    const isElsewhere = (await this.#elsewhere.find(id)) !== undefined;
    return isElsewhere ? this.#elsewhere.apply(id, options) : this.#here.apply(id, options);
  }
}
