import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusals } from '../audit/refusals.ts';
import { Sealer } from '../audit/sealer.ts';
import { refuseUnfinished } from '../backup/moving-mark.ts';
import { WriteGate } from '../backup/write-gate.ts';
import type { Config } from '../config.ts';
import { fanOut } from '../events/fan-out.ts';
import type { Secrets } from '../encryption/secrets.ts';
import { Collector } from '../gc/collector.ts';
import type { Database } from '../metadata/database.ts';
import { releaseAllLeases } from '../metadata/leases.ts';
import { Leases } from '../jobs/leases.ts';
import { newNodeName } from '../jobs/node.ts';
import type { PlannedPolicy } from '../plans/plan.ts';
import { Plans } from '../plans/plans.ts';
import { Policies } from '../policies/policies.ts';
import { PolicyPlans } from '../policies/policy-plans.ts';
import { PolicyRunner } from '../policies/policy-runner.ts';
import { Blobs } from '../registry/blobs.ts';
import { Deletions } from '../registry/deletions.ts';
import { ManifestCache } from '../registry/manifest-cache.ts';
import type { MovingParts } from '../moving/taking.ts';
import { Manifests } from '../registry/manifests.ts';
import { Names } from '../registry/names.ts';
import { Rules } from '../registry/rules/rules.ts';
import { Pulls } from '../registry/pulls.ts';
import { TagHistory } from '../registry/tag-history.ts';
import { Referrers } from '../registry/referrers.ts';
import { Trash } from '../registry/trash.ts';
import { NotedUploads } from '../registry/noted-uploads.ts';
import { Uploads } from '../registry/uploads.ts';
import type { Store } from '../storage/blob-store.ts';
import { lockFolder, type FolderLock } from '../storage/filesystem/folder-lock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { VerificationParts } from '../verification/finding.ts';
import { Scrub } from '../verification/scrub.ts';
import { openBytes } from './bytes.ts';
import { remoteChooserOf } from '../clean-up/remote-choice.ts';
import { RemotePlans } from '../clean-up/remote-plans.ts';
import { openRemoteRegistries, type RemoteRegistries } from './connections.ts';
import { openEvents, type Events } from './events.ts';
import { openFacts } from './facts.ts';
import { openSecrets } from './secrets.ts';
import { verificationOf } from './verification.ts';

/** Facts, bytes, and the rules over them. */
export interface Content {
  readonly db: Database;
  /** The same, also while the gate is closed: for whoever closed it. */
  readonly ungated: Database;
  readonly gate: WriteGate;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly rules: Rules;
  /** Whatever is deleted goes through here. */
  readonly deletions: Deletions;
  /** And comes back from here. */
  readonly trash: Trash;
  readonly plans: Plans;
  readonly remotePlans: RemotePlans;
  readonly policies: Policies;
  readonly policyRunner: PolicyRunner;
  readonly tagHistory: TagHistory;
  /** Who pulled what is noted here. */
  readonly pulls: Pulls;
  readonly names: Names;
  readonly referrers: Referrers;
  readonly collector: Collector;
  readonly moving: MovingParts;
  readonly verification: VerificationParts;
  readonly scrub: Scrub;
  /** Gives what is recorded of deeds its place in the chain. */
  readonly sealer: Sealer;
  /** Whom what is sealed is told to. */
  readonly events: Events;
  readonly secrets: Secrets;
  /** Other registries. */
  readonly registries: RemoteRegistries;
  /** What was not allowed is written down here. */
  readonly refusals: Refusals;
  /** Work that one node at a time does. */
  readonly leases: Leases;
  close(): Promise<void>;
}

/**
 * Opens the data folder for this process alone.
 *
 * @throws {FolderInUseError} another process has it.
 */
export async function openContent(config: Config, log: Logger, now: () => Date): Promise<Content> {
  const ground = await openGround(config, log, now);
  const { db, store, leases, locks } = ground;
  const registry = registryOn(ground, config, now);
  const { cache, uploads, rules: repositoryRules, deletions } = registry;
  const rules = { ...config.limits, ...config.manifests };
  const moving = { db, store, uploads, cache, rules, repositoryRules, manifestBytes: config.limits.manifestBytes, now };
  const verification = verificationOf(config, { db, store, uploads, moving }, now);
  const records = recordsOn(ground, config, { log, now });
  const plans = new Plans({ db, deletions, rules: repositoryRules, leases, now, ...config.plans });
  const sweepDelaySeconds = sweepDelayOf(config, db);
  const secrets = openSecrets(config, db);
  const registries = await openRemoteRegistries(config, { db, secrets, log, now });
  const remotePlans = new RemotePlans({ ...registries, db, leases, now, ...config.plans });
  return {
    ...ground,
    ...registry,
    ...records,
    plans,
    secrets,
    remotePlans,
    ...policiesOn({ db, leases }, config, { plans, remotePlans, now, log }),
    collector: new Collector({ db, store, uploads, cache, deletions, rules: repositoryRules, now, sweepDelaySeconds }),
    moving,
    verification,
    events: await openEvents(config, { db, secrets, node: leases.node, log, now }),
    registries,
    scrub: new Scrub({ ...verification, log, settings: config.scrub }),
    close: async () => {
      try {
        await records.refusals.flush();
        await records.pulls.flush();
        await store.close();
        await db.close();
      } finally {
        for (const lock of locks) await lock.release();
      }
    },
  };
}

/** Where facts and bytes lie, and who may have them. */
interface Ground extends Pick<Content, 'db' | 'ungated' | 'gate' | 'store' | 'leases'> {
  readonly locks: readonly FolderLock[];
}

async function openGround(config: Config, log: Logger, now: () => Date): Promise<Ground> {
  // Hashes of passwords and the key of bearer tokens are kept here: for the eyes of this user alone.
  process.umask(0o077);
  const locks = await lockFolders(config);
  const ungated = await openFacts(config, log);
  await refuseUnfinished(ungated).catch(async (error: unknown) => {
    await ungated.close();
    for (const lock of locks) await lock.release();
    throw error;
  });
  // Other processes that write do not come by a gate of this one.
  const gate = new WriteGate(ungated);
  const db = ungated.isShared ? ungated : gate.database;
  const store = await openBytes(config, { notes: new NotedUploads(db, now), log });
  if (!db.isShared) await releaseAllLeases(db);
  return { locks, ungated, gate, db, store, leases: new Leases({ db: ungated, node: newNodeName(), now }) };
}

/** What push, pull, delete and restore go by. */
function registryOn({ db, store }: Ground, config: Config, now: () => Date) {
  const { graceSeconds } = config.gc;
  const cache = new ManifestCache(config.cache.manifestBytes);
  const keepsNotes = db.isShared || config.storage?.kind === 's3';
  const blobs = new Blobs({ db, store, graceSeconds, now });
  const repositoryRules = new Rules({ db, keepSeconds: config.trash.keepSeconds });
  const deletions = new Deletions({ db, cache, rules: repositoryRules, graceSeconds, now });
  const trash = new Trash({ db, cache, now });
  const rules = { ...config.limits, ...config.manifests };
  const { warnSeconds } = config.expiry;
  return {
    cache,
    blobs,
    uploads: new Uploads({ db, store, limits: config.limits, now, keepsNotes }),
    manifests: new Manifests({ db, cache, rules, blobs, repositoryRules, deletions, now, warnSeconds }),
    rules: repositoryRules,
    deletions,
    trash,
    tagHistory: new TagHistory({ db, cache, rules: repositoryRules, trash, now }),
    names: new Names(db),
    referrers: new Referrers(db),
  };
}

/** So late a policy may be, while one for another registry is at work. */
const POLICY_PAUSE_MILLISECONDS = 20_000;

/** Policies, and what runs them at this registry and at others. */
function policiesOn(
  { db, leases }: Pick<Ground, 'db' | 'leases'>,
  { policies }: Config,
  {
    plans,
    remotePlans,
    now,
    log,
  }: Pick<Content, 'plans' | 'remotePlans'> & { readonly now: () => Date; readonly log: Logger },
) {
  const checkElsewhere = (policy: PlannedPolicy): void => void remoteChooserOf({ kind: 'policy', policy });
  const onFailure = (policy: string, err: unknown): void =>
    log.error({ policy, err }, 'a policy failed; it is tried again at its next time');
  const pause = (signal: AbortSignal): Promise<void> =>
    sleep(POLICY_PAUSE_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  const planned = new PolicyPlans({ here: plans, elsewhere: remotePlans });
  return {
    policies: new Policies({ db, now, checkElsewhere }),
    policyRunner: new PolicyRunner({ db, plans: planned, leases, now, pause, ...policies, onFailure }),
  };
}

/** What is written down beside the facts: who pulled, who was refused, and the seals of it all. */
function recordsOn(
  { db }: Ground,
  { pulls }: Config,
  { log, now }: { readonly log: Logger; readonly now: () => Date },
) {
  const onFailure = (what: string) => (error: unknown) => log.warn({ err: error }, `${what} could not be recorded`);
  return {
    pulls: new Pulls({ db, now, flushSeconds: pulls.flushSeconds, onFailure: onFailure('who pulled what') }),
    refusals: new Refusals({ db, now, onFailure: onFailure('what was refused') }),
    sealer: new Sealer({ db, onSealed: async (tx, rows) => void (await fanOut(tx, rows, now())) }),
  };
}

/**
 * The data folder, and a folder of bytes elsewhere whose facts are in the data folder: another process would take for
 * garbage what its own facts do not name. Nodes that share the facts share that folder.
 */
export async function lockFolders({
  data,
  storage,
  database,
}: Pick<Config, 'data' | 'storage' | 'database'>): Promise<readonly FolderLock[]> {
  const own = await lockFolder(data);
  if (storage?.kind !== 'folder' || database.url !== undefined || storage.path === resolve(data)) return [own];
  try {
    return [own, await lockFolder(storage.path)];
  } catch (error) {
    await own.release();
    throw error;
  }
}

/** Readers of other nodes, and of S3, have at least so long to open what they found, in seconds. */
const SHORTEST_SWEEP_DELAY_SECONDS = 900;

/** Where only this process reads, a reader holds the file open. */
function sweepDelayOf({ storage, redirect }: Config, db: Database): number {
  if (!db.isShared && storage?.kind !== 's3') return 0;
  return Math.max(redirect.seconds, SHORTEST_SWEEP_DELAY_SECONDS);
}
