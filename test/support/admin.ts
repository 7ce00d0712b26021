import { join } from 'node:path';
import { createAdminApi, type AdminApi } from '../../src/api/admin-api.ts';
import { localAdministrator } from '../../src/auth/identity.ts';
import { Refusals } from '../../src/audit/refusals.ts';
import { Sealer } from '../../src/audit/sealer.ts';
import { openAuth, type Auth } from '../../src/auth/open.ts';
import { backUp } from '../../src/backup/backup.ts';
import { FolderPlace } from '../../src/backup/folder-place.ts';
import { fanOut } from '../../src/events/fan-out.ts';
import { remoteChooserOf } from '../../src/clean-up/remote-choice.ts';
import { RemotePlans } from '../../src/clean-up/remote-plans.ts';
import { Collector } from '../../src/gc/collector.ts';
import { Leases } from '../../src/jobs/leases.ts';
import { withSourceTree } from '../../src/composition/source-trees.ts';
import type { Database } from '../../src/metadata/database.ts';
import { sqliteFiles } from '../../src/metadata/sqlite/facts-files.ts';
import { ManifestCache } from '../../src/registry/manifest-cache.ts';
import { Blobs } from '../../src/registry/blobs.ts';
import { Manifests } from '../../src/registry/manifests.ts';
import { TagHistory } from '../../src/registry/tag-history.ts';
import { Deletions } from '../../src/registry/deletions.ts';
import { Plans } from '../../src/plans/plans.ts';
import { Policies } from '../../src/policies/policies.ts';
import { PolicyPlans } from '../../src/policies/policy-plans.ts';
import { PolicyRunner } from '../../src/policies/policy-runner.ts';
import { sealedConnections } from '../../src/connections/sealed-connections.ts';
import { rotateKey } from '../../src/encryption/key-rotation.ts';
import { sealedWebhooks } from '../../src/events/sealed-webhooks.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { PROVIDERS } from '../../src/providers/registry.ts';
import { RuleBook } from '../../src/registry/rules/rule-book.ts';
import { Rules } from '../../src/registry/rules/rules.ts';
import { Trash } from '../../src/registry/trash.ts';
import { Uploads } from '../../src/registry/uploads.ts';
import { MemoryStore } from '../../src/storage/memory/memory-store.ts';
import { openTestConnections } from './connections.ts';
import { openTestEvents } from './events.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { openTestDatabase } from './test-database.ts';

/** The parts of an installation that the admin API governs, on a database of their own. */
export interface Installation {
  readonly api: AdminApi;
  readonly auth: Auth;
  readonly database: Database;
  readonly leases: Leases;
  readonly refusals: Refusals;
  readonly uploads: Uploads;
  /** Takes images without their blobs. */
  readonly manifests: Manifests;
  readonly tagHistory: TagHistory;
  readonly policyRunner: PolicyRunner;
  readonly collector: Collector;
  /** What the API told of as failures of its own. */
  readonly failures: readonly unknown[];
  /** A clock that stands still until it is moved. */
  readonly clock: { now: Date };
  close(): Promise<void>;
}

export interface InstallationOptions {
  readonly htpasswdPath?: string;
  /** In the place of the real one. */
  readonly collector?: Pick<Collector, 'collect'>;
  readonly freeBytes?: () => Promise<number>;
  /** Default `true`. */
  readonly isDeletionEnabled?: boolean;
  /** Kinds of registries that are known. Default: all there are. */
  readonly providers?: readonly Provider[];
}

export async function openInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const folder = temporaryFolder('admin');
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const now = (): Date => clock.now;
  const database = await openTestDatabase(folder);
  const { htpasswdPath, providers = PROVIDERS } = options;
  const auth = await openAuth({
    database,
    clock: now,
    onWarning: () => {},
    onFailure: () => {},
    ...(htpasswdPath === undefined ? {} : { htpasswd: { path: htpasswdPath } }),
  });
  const store = new MemoryStore();
  const uploads = new Uploads({ db: database, store, limits: { uploadBytes: 0, uploadsPerPrincipal: 0 }, now });
  const cache = new ManifestCache(0);
  const repositoryRules = new Rules({ db: database });
  const deletions = new Deletions({ db: database, cache, rules: repositoryRules, graceSeconds: 3600, now });
  const collector = new Collector({ db: database, store, uploads, cache, deletions, rules: repositoryRules, now });
  const rules = { indexDepth: 4, indexManifests: 1000, requireBlobs: true, requireIndexChildren: false };
  const failures: unknown[] = [];
  const trash = new Trash({ db: database, cache, now });
  const blobs = new Blobs({ db: database, store, graceSeconds: 3600, now });
  const sparse = { ...rules, requireBlobs: false };
  const manifests = new Manifests({ db: database, cache, rules: sparse, blobs, repositoryRules, deletions, now });
  const leases = new Leases({ db: database, node: 'test', now });
  const plans = new Plans({
    db: database,
    deletions,
    rules: repositoryRules,
    leases,
    keepSeconds: 86_400,
    allowedPercent: 0,
    now,
  });
  const onFailure = (_: string, error: unknown): void => void failures.push(error);
  const scratch = join(folder, 'scratch');
  const backupParts = { db: database, store, leases, version: '1.2.3', now, files: sqliteFiles, scratch };
  const refusals = new Refusals({ db: database, now, onFailure: (error) => failures.push(error) });
  const events = openTestEvents({ db: database, folder, now });
  const tagHistory = new TagHistory({ db: database, cache, rules: repositoryRules, trash, now });
  const connections = openTestConnections({ db: database, folder, now, secrets: events.secrets, providers });
  const remotePlans = new RemotePlans({
    db: database,
    connections,
    leases,
    keepSeconds: 86_400,
    allowedPercent: 0,
    now,
  });
  const planned = new PolicyPlans({ here: plans, elsewhere: remotePlans });
  const policyRunner = new PolicyRunner({
    db: database,
    plans: planned,
    leases,
    keepRuns: 10,
    now,
    pause: () => Promise.withResolvers<void>().promise,
    onFailure,
  });
  const api = createAdminApi({
    ...auth,
    deletions,
    trash,
    rules: repositoryRules,
    tagHistory,
    isDeletionEnabled: options.isDeletionEnabled ?? true,
    plans,
    policies: new Policies({
      db: database,
      now,
      checkElsewhere: (policy) => void remoteChooserOf({ kind: 'policy', policy }),
    }),
    policyRunner,
    ruleBook: new RuleBook({ db: database, rules: repositoryRules, now }),
    collector: options.collector ?? collector,
    leases,
    collection: { graceSeconds: 3600, uploadIdleSeconds: 86_400 },
    database,
    blobs,
    sealer: new Sealer({ db: database, onSealed: async (tx, rows) => void (await fanOut(tx, rows, now())) }),
    webhooks: events.webhooks,
    deliveries: events.deliveries,
    connections,
    remotePlans,
    rotateKey: (signal) =>
      rotateKey(events.secrets, [sealedWebhooks(database), sealedConnections(database)], { signal, settleSeconds: 0 }),
    providers,
    sharedRegistries: { regions: [], warning: { en: '', fr: '' } },
    refusals,
    backUp: (target, wanted) => backUp(backupParts, new FolderPlace(target), wanted),
    migrations: {
      run: () => Promise.reject(new Error('this test moves nothing')),
      resume: async () => false,
    },
    verification: { db: database, store, now, rules, leftoverSeconds: () => 3600, onRepaired: () => undefined },
    moving: { db: database, store, uploads, cache, rules, repositoryRules, manifestBytes: 4 * 1024 * 1024, now },
    withTree: (source, work) => withSourceTree(source, undefined, work),
    freeBytes: options.freeBytes ?? (async () => 1_000_000),
    checkParts: async () => [{ name: 'storage', isHealthy: false, message: 'the disk is full' }],
    version: '1.2.3',
    startedAt: clock.now,
    now,
    realm: 'Havre',
    onFailure: (error) => failures.push(error),
  });
  return {
    api,
    auth,
    database,
    leases,
    refusals,
    uploads,
    manifests,
    tagHistory,
    policyRunner,
    collector,
    failures,
    clock,
    close: async () => {
      await auth.close();
      await refusals.flush();
      await database.close();
      removeFolder(folder);
    },
  };
}

/** Asks the admin API as the administrator of the machine, and reads the JSON of the reply. */
export async function askAdmin(
  { api }: Pick<Installation, 'api'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly document: Record<string, unknown> }> {
  const request = new Request(`http://localhost/api/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await api(request, localAdministrator());
  return { status: response.status, document: (await response.json()) as Record<string, unknown> };
}
