import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';
import {
  beginPlan,
  endPlan,
  findPlan,
  finishPlan,
  insertPlan,
  insertPlanItems,
  listPlanItems,
  listPlans,
} from '../metadata/plans.ts';
import type { Leases } from '../jobs/leases.ts';
import type { Deletions } from '../registry/deletions.ts';
import type { Rules } from '../registry/rules/rules.ts';
import { deletePlanned, type KeptItem } from './deleting.ts';
import { evaluate, type EvaluationProgress } from './evaluation.ts';
import { newPlanId } from './plan-id.ts';
import { leaseOf } from './plan-lease.ts';
import { decideImages, type DecisionOptions, type Decisions } from './decisions.ts';
import type { PlanItem, PlannedPolicy, PlanResult, PlanSource } from './plan.ts';
import {
  PlanChangedError,
  PlanDigestError,
  PlanRunningError,
  PlanStateError,
  PlanUnknownError,
} from './plan-errors.ts';
import { lookAgain, skipItem } from './second-look.ts';
import { discardPlan, purgePlans, removePlan } from './retirement.ts';
import { isRemote, placedItemOf, planOf, type PlacedItem, type Plan } from './stored-plan.ts';

export interface PlansParts {
  readonly db: Database;
  readonly deletions: Pick<Deletions, 'deleteMany'>;
  readonly rules: Pick<Rules, 'at'>;
  readonly leases: Pick<Leases, 'take'>;
  /** The life of a plan that is not applied, and of one after it was, in seconds. */
  readonly keepSeconds: number;
  /** Of what was planned, how much may have changed when it is applied, unless whoever applies it says otherwise. */
  readonly allowedPercent: number;
  readonly now: () => Date;
}

/** Work that tells how far it is, and ends when its signal says so. */
export interface PlanWork {
  readonly actor: Actor;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: PlanProgress) => void;
}

export type PlanProgress =
  | ({ readonly phase: 'evaluating' } & EvaluationProgress)
  | ({ readonly phase: 'deleting'; readonly planned: number } & PlanResult);

export interface ApplyOptions extends PlanWork {
  /** Of the plan that was looked at. */
  readonly digest?: string | undefined;
  readonly allowedPercent?: number | undefined;
  /** Something that was to go stays. */
  readonly onKept?: (kept: KeptItem) => void;
  /** Asked before each piece. What it throws stops the plan where it is: it can be gone on with. */
  readonly beforePiece?: (() => Promise<void>) | undefined;
  /** It was made a moment ago, for this: what it says is not looked for again. */
  readonly isNew?: boolean;
}

/** Plans of what is to be deleted: made, looked at, applied. Any node may go on with what another one began. */
export class Plans {
  readonly #parts: PlansParts;

  constructor(parts: PlansParts) {
    this.#parts = parts;
  }

  /**
   * Finds out what would go, and writes it down.
   *
   * @throws {PolicyInvalidError} @throws {PatternInvalidError} @throws {TagPatternInvalidError}
   */
  async create(source: PlanSource, { actor, signal, onProgress }: PlanWork): Promise<Plan> {
    const { db, rules, now, keepSeconds } = this.#parts;
    const asOf = now();
    const id = newPlanId(asOf);
    await db.transaction((tx) =>
      insertPlan(tx, {
        id,
        digest: '',
        source: JSON.stringify(source),
        state: 'building',
        summary: '{}',
        createdAt: asOf.getTime(),
        expiresAt: asOf.getTime() + keepSeconds * 1000,
        createdBy: actor.principalName,
      }),
    );
    try {
      let position = 0;
      const evaluated = await db.snapshot((facts) =>
        evaluate(
          facts,
          {
            source,
            rules,
            actor,
            asOf,
            now: asOf,
            signal,
            onProgress: (progress) => onProgress?.({ phase: 'evaluating', ...progress }),
          },
          async (_, items) => {
            await this.#write(id, position, items);
            position += items.length;
          },
        ),
      );
      const { digest, summary } = evaluated;
      await db.transaction((tx) => finishPlan(tx, { id, digest, summary: JSON.stringify(summary) }));
      return await this.get(id);
    } catch (error) {
      await removePlan(db, id).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Says of images what a policy would do with them now, also of those that stay: nothing is written down.
   *
   * @throws {PolicyInvalidError} @throws {PatternInvalidError}
   */
  decide(
    policy: PlannedPolicy,
    options: Pick<DecisionOptions, 'actor' | 'after' | 'limit' | 'signal'>,
  ): Promise<Decisions> {
    const { db, rules, now } = this.#parts;
    const asOf = now();
    return db.snapshot((facts) => decideImages(facts, { ...options, policy, rules, asOf, now: asOf }));
  }

  /** @throws {PlanUnknownError} */
  async get(id: string): Promise<Plan> {
    const row = await findPlan(this.#parts.db, id);
    if (row === undefined || row.state === 'building' || isRemote(row)) throw new PlanUnknownError(id);
    return planOf(row);
  }

  /** The newest first. @param after the id of the last one of the page before. */
  async list(after: string | undefined, limit: number): Promise<readonly Plan[]> {
    return (await listPlans(this.#parts.db, after ?? '~', limit)).map(planOf);
  }

  /** In their order. @param after the place of the last one of the page before. @throws {PlanUnknownError} */
  async items(id: string, after: number, limit: number): Promise<readonly PlacedItem[]> {
    await this.get(id);
    return (await listPlanItems(this.#parts.db, { planId: id, after, limit })).map(placedItemOf);
  }

  /** One that was stopped half-way, too. @throws {PlanUnknownError} @throws {PlanStateError} it is being applied. */
  async discard(id: string): Promise<void> {
    await this.get(id);
    if (!(await discardPlan(this.#parts, id, leaseOf(id)))) throw new PlanStateError(id, 'applying');
  }

  /** Forgets plans whose life is over. */
  purge(signal: AbortSignal): Promise<void> {
    return purgePlans(this.#parts, signal);
  }

  /**
   * Deletes what the plan says, after looking again whether that is still what its source means. A plan that was stopped
   * half-way goes on. All of it can be restored by the id of the plan.
   *
   * @throws {PlanUnknownError} @throws {PlanStateError} it was applied.
   * @throws {PlanRunningError} @throws {PlanDigestError}
   * @throws {PlanChangedError} too much changed; nothing was deleted.
   */
  async apply(id: string, options: ApplyOptions): Promise<Plan> {
    const lease = await this.#parts.leases.take(leaseOf(id));
    if (lease === undefined) throw new PlanRunningError(id);
    try {
      const signal = AbortSignal.any([options.signal, lease.signal]);
      return await this.#apply(id, { ...options, signal });
    } finally {
      await lease.release();
    }
  }

  async #apply(id: string, options: ApplyOptions): Promise<Plan> {
    const { db, now } = this.#parts;
    const { actor, digest, signal } = options;
    const plan = await this.get(id);
    if (plan.state === 'applied') throw new PlanStateError(id, plan.state);
    if (digest !== undefined && digest !== plan.digest) throw new PlanDigestError(id, plan.digest);
    const asOf = options.isNew === true ? plan.createdAt : (plan.appliedAt ?? now());
    if (plan.state === 'open') {
      if (plan.expiresAt <= now()) throw new PlanUnknownError(id);
      await this.#begin(plan, options);
    }
    const { manifests: planned } = plan.summary;
    const result = await deletePlanned(this.#parts, {
      planId: id,
      actor,
      asOf,
      from: plan.result ?? NOTHING_DONE,
      signal,
      beforePiece: options.beforePiece,
      onProgress: (progress) => options.onProgress?.({ phase: 'deleting', planned, ...progress }),
      onKept: (kept) => options.onKept?.(kept),
    });
    await db.transaction(async (tx) => {
      const at = now();
      const expiresAt = at.getTime() + this.#parts.keepSeconds * 1000;
      await endPlan(tx, { id, result: JSON.stringify(result), expiresAt });
      const { manifests, tags, kept } = result;
      await appendAudit(tx, actor, auditOf(plan, { manifests, tags, kept }), at);
    });
    return this.get(id);
  }

  /** Looks again, and lets the plan begin: from then on it is not looked at as a whole any more, only piece by piece. */
  async #begin(plan: Plan, options: ApplyOptions): Promise<void> {
    const { db, now } = this.#parts;
    const { actor, isNew = false, allowedPercent = this.#parts.allowedPercent } = options;
    const { id } = plan;
    const looked = isNew ? { changes: [], planned: 0, skip: [] } : await lookAgain(this.#parts, plan, options);
    if (looked.changes.length > Math.floor((looked.planned * allowedPercent) / 100)) {
      const { length } = looked.changes;
      await db.transaction((tx) =>
        appendAudit(tx, actor, { ...auditOf(plan, { changes: length }), outcome: 'refused' }, now()),
      );
      throw new PlanChangedError(looked.changes.slice(0, MOST_CHANGES_TOLD), length, allowedPercent);
    }
    const hasBegun = await db.transaction(async (tx) => {
      for (const skipped of looked.skip) await skipItem(tx, id, skipped);
      const result = JSON.stringify(NOTHING_DONE);
      return beginPlan(tx, { id, appliedAt: now().getTime(), appliedBy: actor.principalName, result });
    });
    if (!hasBegun) throw new PlanUnknownError(id);
  }

  async #write(id: string, first: number, items: readonly PlanItem[]): Promise<void> {
    for (let start = 0; start < items.length; start += ITEMS_PER_STATEMENT) {
      const rows = items
        .slice(start, start + ITEMS_PER_STATEMENT)
        .map((item, index) => ({ position: first + start + index, item: JSON.stringify(item) }));
      await this.#parts.db.transaction((tx) => insertPlanItems(tx, id, rows), { durable: false });
    }
  }
}

const ITEMS_PER_STATEMENT = 500;

/** In a reply; how many there are is told, too. */
export const MOST_CHANGES_TOLD = 100;

export const NOTHING_DONE: PlanResult = { position: -1, manifests: 0, tags: 0, kept: 0 };

function auditOf({ id, digest, source, summary }: Plan, more: Readonly<Record<string, number>>) {
  const policy = source.kind === 'policy' ? { policy: source.policy.name ?? null } : {};
  return { action: 'plan.applied', details: { plan: id, digest, planned: summary.manifests, ...policy, ...more } };
}
