import type { Leases } from '../jobs/leases.ts';
import { systemActor, type Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';
import { listDuePolicies, reschedulePolicy, type PolicyPlace } from '../metadata/policies.ts';
import {
  beginRun,
  endRun,
  findRun,
  listRunningRuns,
  saveRunPlan,
  trimRuns,
  type PolicyRunRow,
  type PolicyRunState,
} from '../metadata/policy-runs.ts';
import { PlanError, PlanUnknownError } from '../plans/plan-errors.ts';
import type { ApplyOptions, PlanWork } from '../plans/plans.ts';
import { besideEachOther } from './beside-each-other.ts';
import { PolicyError, policyRunning } from './policy-errors.ts';
import { leaseOfPolicy } from './policy-lease.ts';
import type { AnyPlan, PolicyPlans } from './policy-plans.ts';
import { policyOf, type RunSummary, type StoredPolicy } from './policy.ts';
import { nextTime } from './schedule.ts';
import { requireGoing, type Demands } from './whether-to-go-on.ts';

export interface PolicyRunnerParts {
  readonly db: Database;
  readonly plans: Pick<PolicyPlans, 'create' | 'apply' | 'get' | 'connectionOf'>;
  readonly leases: Pick<Leases, 'take'>;
  /** How many runs of each policy are remembered. */
  readonly keepRuns: number;
  readonly now: () => Date;
  /** Until it is looked again whether something is due, while something runs; or until `signal` aborts. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
  /** Told of scheduled runs that failed. */
  readonly onFailure: (policy: string, error: unknown) => void;
}

export interface RunOptions extends PlanWork, Pick<ApplyOptions, 'onKept'> {
  /** Who asked, or `schedule`. */
  readonly trigger: string;
  /** Only says what would go. Default: as the policy has it. */
  readonly isDryRun?: boolean | undefined;
}

export interface FinishedRun {
  readonly id: number;
  readonly planId: string;
  readonly summary: RunSummary;
}

/** Policies that are looked at in one go: the rest a minute later. */
const MOST_DUE = 100;

/** Runs policies: makes a plan of what they say, and applies it. Each at most once at a time, on whatever node. */
export class PolicyRunner {
  readonly #parts: PolicyRunnerParts;

  constructor(parts: PolicyRunnerParts) {
    this.#parts = parts;
  }

  /** @throws {PolicyError} it is running; or it was switched off, or moved, or removed, meanwhile. */
  async run(policy: StoredPolicy, options: RunOptions): Promise<FinishedRun> {
    const lease = await this.#parts.leases.take(leaseOfPolicy(policy.id));
    if (lease === undefined) throw policyRunning(policy.name);
    try {
      return await this.#run(policy, { ...options, signal: AbortSignal.any([options.signal, lease.signal]) });
    } finally {
      await lease.release();
    }
  }

  /**
   * Runs those whose time has come: once, however often it has come meanwhile. What a node that died had begun is gone on
   * with first. Other registries are cleaned up beside each other, so that none waits for a slow one.
   */
  async runDue(place: PolicyPlace, signal: AbortSignal): Promise<void> {
    await besideEachOther({
      find: async () => [...(await this.#begun(place)), ...(await this.#due(place))],
      placeOf: ({ policy }) => policy.connection,
      work: ({ policy, run }) => (run === undefined ? this.#follow(policy, signal) : this.#goOn(policy, run, signal)),
      pause: this.#parts.pause,
      signal,
    });
  }

  async #begun(place: PolicyPlace): Promise<readonly Waiting[]> {
    const begun = await listRunningRuns(this.#parts.db);
    return begun
      .map(({ run, policy }) => ({ run, policy: policyOf(policy) }))
      .filter(({ policy }) => (policy.connection === undefined ? 'here' : 'elsewhere') === place);
  }

  async #due(place: PolicyPlace): Promise<readonly Waiting[]> {
    const { db, now } = this.#parts;
    const due = await listDuePolicies(db, place, { now: now(), limit: MOST_DUE });
    return due.map((row) => ({ policy: policyOf(row), run: undefined }));
  }

  /** Does what its schedule says. */
  async #follow(policy: StoredPolicy, signal: AbortSignal): Promise<void> {
    if (!(await this.#isOurs(policy))) return;
    const actor = scheduledActor(policy.name);
    await this.run(policy, { actor, signal, trigger: SCHEDULE }).catch((error: unknown) => {
      if (!signal.aborted && !isStop(error)) this.#parts.onFailure(policy.name, error);
    });
  }

  /** Moves its next time into the future. @returns `false`: another node did, or somebody changed it. */
  async #isOurs({ id, schedule, timeZone, nextRunAt }: StoredPolicy): Promise<boolean> {
    const { db, now } = this.#parts;
    if (schedule === undefined || nextRunAt === undefined) return false;
    const to = nextTime({ cron: schedule, timeZone }, now())?.getTime() ?? null;
    return db.transaction((tx) => reschedulePolicy(tx, { id, from: nextRunAt.getTime(), to }));
  }

  async #run(policy: StoredPolicy, options: RunOptions): Promise<FinishedRun> {
    const { db, plans, now } = this.#parts;
    const { trigger, signal, isDryRun = policy.isDryRun } = options;
    const started = { policyId: policy.id, trigger, startedAt: now().getTime() };
    const id = await db.transaction((tx) => beginRun(tx, started));
    let plan: AnyPlan | undefined;
    try {
      plan = await plans.create(policy, options);
      const { id: planId } = plan;
      await db.transaction((tx) => saveRunPlan(tx, id, planId));
      if (!isDryRun)
        plan = await this.#apply(policy, plan, { ...options, isNew: true, demands: demandsOf(policy, trigger) });
      const summary = summaryOf(plan, isDryRun);
      await this.#end({ policy, id, state: 'done', summary, actor: options.actor });
      return { id, planId, summary };
    } catch (error) {
      // A scheduled run that a stop cut off is gone on with; whoever asked for one and went away does not want it.
      const isGoneOnWith = trigger === SCHEDULE && plan !== undefined;
      const ended = { policy, id, summary: await this.#soFar(plan), actor: options.actor };
      if (isStop(error)) await this.#end({ ...ended, state: 'stopped', error });
      else if (!signal.aborted) await this.#end({ ...ended, state: 'failed', error });
      else if (!isGoneOnWith) await this.#end({ ...ended, state: 'stopped' });
      throw error;
    }
  }

  /** For as long as nobody switches the policy off, or moves it. */
  async #apply(
    policy: StoredPolicy,
    plan: AnyPlan,
    { demands, ...options }: ApplyOptions & { readonly demands: Demands },
  ): Promise<AnyPlan> {
    const { db, plans } = this.#parts;
    const going = { ...demands, connection: await plans.connectionOf(plan) };
    const beforePiece = (): Promise<void> => requireGoing(db, policy, going);
    await beforePiece();
    return plans.apply(plan, { ...options, beforePiece });
  }

  /** What went before something came in between; `undefined`: nothing had begun. */
  async #soFar(plan: AnyPlan | undefined): Promise<RunSummary | undefined> {
    const now = plan === undefined ? undefined : await this.#parts.plans.get(plan.id).catch(unlessUnknown);
    return now?.result === undefined ? undefined : summaryOf(now, false);
  }

  /** A run without an end that nobody is at: its node died. A plan that had begun is brought to its end. */
  async #goOn(policy: StoredPolicy, { id, planId }: PolicyRunRow, signal: AbortSignal): Promise<void> {
    const { db, plans, leases, onFailure } = this.#parts;
    const lease = await leases.take(leaseOfPolicy(policy.id));
    if (lease === undefined) return;
    const actor = scheduledActor(policy.name);
    let plan: AnyPlan | undefined;
    try {
      // Somebody else was at it, and came to its end.
      if ((await findRun(db, id))?.state !== 'running') return;
      plan = planId === null ? undefined : await plans.get(planId);
      if (plan?.state === 'applying') {
        const either = AbortSignal.any([signal, lease.signal]);
        plan = await this.#apply(policy, plan, { actor, signal: either, demands: ALL_DEMANDS });
      }
      if (plan?.state === 'applied')
        await this.#end({ policy, id, state: 'done', summary: summaryOf(plan, false), actor });
      else await this.#end({ policy, id, state: 'stopped', actor });
    } catch (error) {
      if (signal.aborted) throw error;
      const ended = { policy, id, summary: await this.#soFar(plan), error, actor };
      if (isStop(error)) return await this.#end({ ...ended, state: 'stopped' });
      // Whoever has the plan by now, or the node that died a moment ago: it is looked at again.
      if (error instanceof PlanError && error.code === 'PLAN_RUNNING') return;
      onFailure(policy.name, error);
      await this.#end({ ...ended, state: 'failed' });
    } finally {
      await lease.release();
    }
  }

  async #end({ policy, id, state, summary, error, actor }: Ended): Promise<void> {
    const { db, now, keepRuns } = this.#parts;
    const endedAt = now();
    const told = error === undefined ? null : messageOf(error);
    await db.transaction(async (tx) => {
      const text = summary === undefined ? null : JSON.stringify(summary);
      await endRun(tx, { id, state, summary: text, error: told, endedAt: endedAt.getTime() });
      await trimRuns(tx, policy.id, keepRuns);
      const registry = policy.connection === undefined ? {} : { registry: policy.connection };
      const details = { policy: policy.name, ...registry, run: id, state, ...summary };
      const outcome = state === 'done' ? 'done' : 'failed';
      await appendAudit(tx, actor, { action: 'policy.run', outcome, details }, endedAt);
    });
  }
}

interface Waiting {
  readonly policy: StoredPolicy;
  /** To be gone on with; absent: its time has come. */
  readonly run: PolicyRunRow | undefined;
}

interface Ended {
  readonly policy: StoredPolicy;
  readonly id: number;
  readonly state: PolicyRunState;
  readonly summary?: RunSummary | undefined;
  readonly error?: unknown;
  readonly actor: Actor;
}

/** The trigger of a run that nobody asked for just now. */
const SCHEDULE = 'schedule';

function scheduledActor(name: string): Actor {
  return { ...systemActor('policy'), principalName: `policy ${name}` };
}

const ALL_DEMANDS: Demands = { mustBeEnabled: true, mustBeForReal: true };

/** Whoever runs a policy that is disabled, or that only looks, wants that: it need not become otherwise. */
function demandsOf({ isEnabled, isDryRun }: StoredPolicy, trigger: string): Demands {
  return trigger === SCHEDULE ? ALL_DEMANDS : { mustBeEnabled: isEnabled, mustBeForReal: !isDryRun };
}

/** @throws any other error. */
function unlessUnknown(error: unknown): undefined {
  if (!(error instanceof PlanUnknownError)) throw error;
}

/** Somebody wants the run to end: no failure. */
function isStop(error: unknown): boolean {
  return (
    (error instanceof PolicyError && error.code === 'POLICY_STOPPED') ||
    // It was discarded.
    error instanceof PlanUnknownError
  );
}

function summaryOf({ summary, result }: AnyPlan, isDryRun: boolean): RunSummary {
  const { manifests: planned, blocked, freedBytes } = summary;
  const { manifests = 0, tags = 0, kept = 0 } = result ?? {};
  return { isDryRun, planned, blocked, freedBytes, manifests, tags, kept };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
