import type { Connections } from '../connections/connections.ts';
import type { Leases } from '../jobs/leases.ts';
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
  listRemotePlans,
  savePlanProgress,
} from '../metadata/plans.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { keyOf, PlanComparison, type Found } from '../plans/changes.ts';
import type { Permitted } from '../plans/evaluation.ts';
import { newPlanId } from '../plans/plan-id.ts';
import { PlanChangedError, PlanDigestError, PlanStateError, PlanUnknownError } from '../plans/plan-errors.ts';
import type { PlanItem, PlanResult, PlanSource } from '../plans/plan.ts';
import { MOST_CHANGES_TOLD, NOTHING_DONE, type ApplyOptions, type PlanWork } from '../plans/plans.ts';
import { discardPlan, removePlan } from '../plans/retirement.ts';
import { itemsOf, skipItem, type SecondLook } from '../plans/second-look.ts';
import { isRemote, placedItemOf, planOf, type PlacedItem } from '../plans/stored-plan.ts';
import type { Account } from '../providers/account.ts';
import { deleteRemote, type ItemOutcome } from './remote-deleting.ts';
import { evaluateRemote } from './remote-evaluation.ts';
import { planBeingMade, requireRoom } from './plan-limits.ts';
import type { RemotePlan, RemoteSource } from './remote-source.ts';
import { RegistryBusyError } from './registry-busy-error.ts';
import { viewRemote, type RemoteView } from './remote-view.ts';

export interface RemotePlansParts {
  readonly db: Database;
  readonly connections: Pick<Connections, 'get' | 'backgroundAccount'>;
  readonly leases: Pick<Leases, 'take'>;
  /** The life of a plan that is not applied, and of one after it was, in seconds. */
  readonly keepSeconds: number;
  /** Of what was planned, how much may have changed when it is applied, unless whoever applies it says otherwise. */
  readonly allowedPercent: number;
  readonly now: () => Date;
}

/**
 * Plans of what is to be deleted at other registries. They have no trash that Havre knows of: what goes is gone. Whoever
 * asks may look into the connection, and for applying one, manage it.
 */
export class RemotePlans {
  readonly #parts: RemotePlansParts;

  constructor(parts: RemotePlansParts) {
    this.#parts = parts;
  }

  /**
   * Finds out what would go, and writes it down.
   *
   * @param connection id of one.
   * @throws {ConnectionNotFoundError} @throws {ProviderError} @throws {PolicyInvalidError} @throws {PatternInvalidError} @throws {TagPatternInvalidError}
   */
  async create(connection: string, wanted: PlanSource, { actor, signal, onProgress }: PlanWork): Promise<RemotePlan> {
    const { db, connections, now, keepSeconds } = this.#parts;
    const { name, url } = await connections.get(connection);
    const asOf = now();
    const id = newPlanId(asOf);
    const source: RemoteSource = { kind: 'remote', connection, name, url, madeBy: actor.principalId, wanted };
    const account = await connections.backgroundAccount(connection);
    const createdAt = asOf.getTime();
    const expiresAt = createdAt + keepSeconds * 1000;
    const life = { createdAt, expiresAt, createdBy: actor.principalName };
    const row = { id, digest: '', source: JSON.stringify(source), state: 'building', summary: '{}', ...life } as const;
    await db.transaction((tx) => insertPlan(tx, row));
    try {
      let position = 0;
      const evaluation = {
        source: wanted,
        asOf,
        signal,
        onProgress: (progress: { readonly repositories: number; readonly images: number }) =>
          onProgress?.({ phase: 'evaluating', ...progress }),
      };
      const { digest, summary } = await evaluateRemote(account, evaluation, async (_, items) => {
        await this.#write(id, position, items);
        position += items.length;
      });
      await db.transaction((tx) => finishPlan(tx, { id, digest, summary: JSON.stringify(summary) }));
      return await this.get(id);
    } catch (error) {
      await removePlan(db, id).catch(() => undefined);
      throw error;
    }
  }

  /**
   * As {@link create}, for whoever may only look: neither the database nor the patience of the registry is theirs alone.
   *
   * @throws {PlanError} one is being made for that registry, or they have too many there that are open.
   */
  async createOnRequest(connection: string, wanted: PlanSource, work: PlanWork): Promise<RemotePlan> {
    const { db, connections, leases, now } = this.#parts;
    const { name } = await connections.get(connection);
    const lease = await leases.take(`planning ${connection}`);
    if (lease === undefined) throw planBeingMade(name);
    try {
      await requireRoom(db, { connection, name, createdBy: work.actor.principalName, now: now().getTime() });
      const signal = AbortSignal.any([work.signal, lease.signal]);
      return await this.create(connection, wanted, { ...work, signal });
    } finally {
      await lease.release();
    }
  }

  /** `undefined`: there is none, or it is not about another registry. */
  async find(id: string): Promise<RemotePlan | undefined> {
    const row = await findPlan(this.#parts.db, id);
    return row === undefined || row.state === 'building' || !isRemote(row) ? undefined : planOf<RemoteSource>(row);
  }

  /** @throws {PlanUnknownError} */
  async get(id: string): Promise<RemotePlan> {
    const plan = await this.find(id);
    if (plan === undefined) throw new PlanUnknownError(id);
    return plan;
  }

  /** Of one connection, the newest first. @param after the id of the last one of the page before. */
  async list(connection: string, after: string | undefined, limit: number): Promise<readonly RemotePlan[]> {
    const page = { connection, after: after ?? '~', limit };
    return (await listRemotePlans(this.#parts.db, page)).map((row) => planOf<RemoteSource>(row));
  }

  /** In their order. @param after the place of the last one of the page before. @throws {PlanUnknownError} */
  async items(id: string, after: number, limit: number): Promise<readonly PlacedItem[]> {
    await this.get(id);
    return (await listPlanItems(this.#parts.db, { planId: id, after, limit })).map(placedItemOf);
  }

  /**
   * One that was stopped half-way, too.
   *
   * @throws {PlanUnknownError} @throws {PlanStateError} it, or another plan for that registry, is being applied.
   */
  async discard(id: string): Promise<void> {
    const { connection } = (await this.get(id)).source;
    if (!(await discardPlan(this.#parts, id, leaseOfRegistry(connection)))) throw new PlanStateError(id, 'applying');
  }

  /**
   * Deletes what the plan says, after looking again whether that is still what its source means. A plan that was stopped
   * half-way goes on. One connection is cleaned up at a time.
   *
   * @throws {ProviderError}
   * @throws {PlanUnknownError} @throws {PlanStateError} it was applied.
   * @throws {RegistryBusyError} @throws {PlanDigestError}
   * @throws {PlanChangedError} too much changed; nothing was deleted.
   */
  async apply(id: string, options: ApplyOptions): Promise<RemotePlan> {
    const { connection, name } = (await this.get(id)).source;
    const lease = await this.#parts.leases.take(leaseOfRegistry(connection));
    if (lease === undefined) throw new RegistryBusyError(name);
    try {
      return await this.#apply(id, { ...options, signal: AbortSignal.any([options.signal, lease.signal]) });
    } finally {
      await lease.release();
    }
  }

  async #apply(id: string, options: ApplyOptions): Promise<RemotePlan> {
    const { db, connections, now, keepSeconds } = this.#parts;
    const { actor, digest } = options;
    const plan = await this.get(id);
    if (plan.state === 'applied') throw new PlanStateError(id, plan.state);
    if (digest !== undefined && digest !== plan.digest) throw new PlanDigestError(id, plan.digest);
    // It leads elsewhere by now: what was looked at is not there.
    const { url } = await connections.get(plan.source.connection);
    if (url !== plan.source.url) throw new PlanChangedError([], plan.summary.manifests + plan.summary.tags, 0);
    const account = await connections.backgroundAccount(plan.source.connection);
    if (plan.state === 'open') {
      if (plan.expiresAt <= now()) throw new PlanUnknownError(id);
      await this.#begin(plan, account, options);
    }
    const result = await this.#delete(plan, account, options);
    await db.transaction(async (tx) => {
      const at = now();
      await endPlan(tx, { id, result: JSON.stringify(result), expiresAt: at.getTime() + keepSeconds * 1000 });
      const { manifests, tags, kept } = result;
      await appendAudit(tx, actor, auditOf(plan, { manifests, tags, kept }), at);
    });
    return this.get(id);
  }

  async #begin(plan: RemotePlan, account: Account, options: ApplyOptions): Promise<void> {
    const { db, now } = this.#parts;
    const { actor, isNew = false, allowedPercent = this.#parts.allowedPercent } = options;
    const looked = isNew ? NOTHING_CHANGED : await this.#lookAgain(plan, account, options);
    const { length } = looked.changes;
    if (length > Math.floor((looked.planned * allowedPercent) / 100)) {
      const refused = { ...auditOf(plan, { changes: length }), outcome: 'refused' } as const;
      await db.transaction((tx) => appendAudit(tx, actor, refused, now()));
      throw new PlanChangedError(looked.changes.slice(0, MOST_CHANGES_TOLD), length, allowedPercent);
    }
    const hasBegun = await db.transaction(async (tx) => {
      for (const skipped of looked.skip) await skipItem(tx, plan.id, skipped);
      const result = JSON.stringify(NOTHING_DONE);
      const begin = { id: plan.id, appliedAt: now().getTime(), appliedBy: actor.principalName, result };
      return beginPlan(tx, begin);
    });
    if (!hasBegun) throw new PlanUnknownError(plan.id);
  }

  /** As `lookAgain` of plans/, at the other registry. */
  async #lookAgain(plan: RemotePlan, account: Account, { signal, onProgress }: ApplyOptions): Promise<SecondLook> {
    const comparison = new PlanComparison();
    for await (const placed of itemsOf(this.#parts.db, plan.id, signal)) comparison.plan(placed);
    const views = new Map<RepositoryName, Found>();
    const look = (sink: (items: readonly PlanItem[]) => void, permitted?: Permitted) =>
      evaluateRemote(
        account,
        {
          source: plan.source.wanted,
          asOf: plan.createdAt,
          signal,
          ...(permitted !== undefined && { permitted }),
          onProgress: (progress) => onProgress?.({ phase: 'evaluating', ...progress }),
        },
        async (view, items) => {
          const { images: manifests, digestByTag } = view;
          views.set(view.repository.name, comparison.foundIn(view.repository.name, { manifests, digestByTag }));
          sink(items);
        },
      );
    await look((items) => comparison.see(items));
    await comparison.settle(async (name) => views.get(name) ?? { manifests: new Map(), digestByTag: new Map() });
    const { changes, size: planned } = comparison;
    if (changes.length === 0) return { changes, planned, skip: [] };
    const accepted = new Set<string>();
    await look((items) => {
      for (const item of items) if (item.action === 'delete') accepted.add(keyOf(item));
    }, comparison);
    return { changes, planned, skip: comparison.skipped(accepted) };
  }

  /** A repository at a time, as it is just then. One that was stopped half-way is begun again: what is gone is gone. */
  async #delete(plan: RemotePlan, account: Account, options: ApplyOptions): Promise<PlanResult> {
    const { db } = this.#parts;
    const { signal, beforePiece } = options;
    let result = plan.result ?? NOTHING_DONE;
    for await (const items of this.#repositoriesOf(plan.id, result.position, signal)) {
      const going = items.filter(({ item }) => item.action === 'delete' && item.skipped === undefined);
      const [first] = going;
      if (first !== undefined) {
        const view = await viewRemote(account, first.item.repository, signal);
        for await (const outcomes of deleteRemote({ account, view, signal, beforePiece }, going)) {
          result = await this.#record(plan, { outcomes, view, result }, options);
          signal.throwIfAborted();
        }
      }
      result = { ...result, position: items.at(-1)?.position ?? result.position };
      const text = JSON.stringify(result);
      await db.transaction((tx) => savePlanProgress(tx, plan.id, text), { durable: false });
    }
    return result;
  }

  /** Writes down what became of some items: how far it has come, what was refused, and who deleted what. */
  async #record(
    plan: RemotePlan,
    {
      outcomes,
      view,
      result: before,
    }: { readonly outcomes: readonly ItemOutcome[]; readonly view: RemoteView; readonly result: PlanResult },
    { actor, onKept, onProgress }: ApplyOptions,
  ): Promise<PlanResult> {
    const { db, now } = this.#parts;
    const { result, deleted, kept } = added(before, outcomes);
    await db.transaction(async (tx) => {
      for (const { placed, reason = '' } of kept) {
        await skipItem(tx, plan.id, { position: placed.position, text: reason });
      }
      await savePlanProgress(tx, plan.id, JSON.stringify(result));
      if (deleted.length + kept.length === 0) return;
      const { connection: registry } = plan.source;
      const names = deleted.map(({ placed }) => nameOf(placed.item));
      const details = { plan: plan.id, registry, repository: view.repository.name, deleted: names, kept: kept.length };
      await appendAudit(tx, actor, { action: 'registry.images-deleted', details }, now());
    });
    for (const { placed, reason = '' } of kept) {
      const { repository, digest, kind, tags } = placed.item;
      const [tag] = tags;
      onKept?.({ repository, digest, reason, ...(kind === 'tag' && tag !== undefined && { tag }) });
    }
    onProgress?.({ phase: 'deleting', planned: plan.summary.manifests, ...result });
    return result;
  }

  /** All items of one repository each. */
  async *#repositoriesOf(id: string, after: number, signal: AbortSignal): AsyncGenerator<readonly PlacedItem[], void> {
    let some: PlacedItem[] = [];
    for await (const placed of itemsOf(this.#parts.db, id, signal)) {
      if (placed.position <= after) continue;
      if (some[0] !== undefined && some[0].item.repository !== placed.item.repository) {
        yield some;
        some = [];
      }
      some.push(placed);
    }
    if (some.length > 0) yield some;
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

/** Under which plans are applied there. */
function leaseOfRegistry(connection: string): string {
  return `clean-up ${connection}`;
}

const NOTHING_CHANGED: SecondLook = { changes: [], planned: 0, skip: [] };

/** What was gone before is nobody's deed. */
function added(before: PlanResult, outcomes: readonly ItemOutcome[]) {
  const deleted = outcomes.filter(({ result }) => result === 'deleted');
  const kept = outcomes.filter(({ result }) => result === 'kept');
  const manifests = deleted.filter(({ placed }) => placed.item.kind === 'manifest').length;
  const tags = deleted.reduce((sum, { placed }) => sum + placed.item.tags.length, 0);
  const result: PlanResult = {
    ...before,
    manifests: before.manifests + manifests,
    tags: before.tags + tags,
    kept: before.kept + kept.length,
  };
  return { result, deleted, kept };
}

function nameOf({ kind, digest, tags }: PlanItem): string {
  return kind === 'tag' ? tags.join(' ') : [digest, ...tags].join(' ');
}

function auditOf({ id, digest, source, summary }: RemotePlan, more: Readonly<Record<string, number>>) {
  const { connection: registry, wanted } = source;
  const policy = wanted.kind === 'policy' ? { policy: wanted.policy.name ?? null } : {};
  return {
    action: 'plan.applied',
    details: { plan: id, digest, registry, planned: summary.manifests, ...policy, ...more },
  };
}
