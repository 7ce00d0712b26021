import { afterAll, afterEach, beforeAll, expect } from 'bun:test';
import { openAuth, type Auth, type AuthOptions } from '../../src/auth/open.ts';
import type { RuleText } from '../../src/auth/rule-text.ts';
import { targetOf } from '../../src/distribution/call.ts';
import { createDistribution, type Exchange } from '../../src/distribution/dispatch.ts';
import type { BlobRedirects } from '../../src/distribution/parts.ts';
import { Collector, type CollectOptions, type CollectReport } from '../../src/gc/collector.ts';
import { openListener } from '../../src/http/listener.ts';
import type { Database } from '../../src/metadata/database.ts';
import { Blobs } from '../../src/registry/blobs.ts';
import { Deletions } from '../../src/registry/deletions.ts';
import { ManifestCache } from '../../src/registry/manifest-cache.ts';
import { Manifests, type ManifestRules } from '../../src/registry/manifests.ts';
import type { PullSink } from '../../src/events/pull-events.ts';
import { Pulls } from '../../src/registry/pulls.ts';
import { Rules } from '../../src/registry/rules/rules.ts';
import { Leases } from '../../src/jobs/leases.ts';
import { Plans } from '../../src/plans/plans.ts';
import { Names } from '../../src/registry/names.ts';
import { Referrers } from '../../src/registry/referrers.ts';
import { Trash } from '../../src/registry/trash.ts';
import { Uploads, type UploadLimits } from '../../src/registry/uploads.ts';
import type { BlobStore, ListingStore, UploadStore } from '../../src/storage/blob-store.ts';
import { openFilesystemStore } from '../../src/storage/filesystem/filesystem-store.ts';
import { MemoryStore } from '../../src/storage/memory/memory-store.ts';
import { memoryFolder, removeFolder } from './folders.ts';
import { RegistryClient } from './registry-client.ts';
import { openTestDatabase } from './test-database.ts';

export type TestedStore = BlobStore & UploadStore & ListingStore;

/** What differs from a registry that refuses nothing but what the specification refuses. */
export interface RegistryOptions {
  /** Default `memory`, whose times follow the clock of the test. A store of the test's own may do so too. */
  readonly store?: 'memory' | 'filesystem' | ((now: () => Date) => TestedStore);
  /** Default: SQLite, in the folder of the registry. Closed with it. */
  readonly database?: () => Promise<Database>;
  /** What the rules see of the database, where that is not the database itself. */
  readonly seenDatabase?: (db: Database) => Database;
  readonly isDeletionEnabled?: boolean;
  /** Whom `redirect` sends to the store. Default: nobody. */
  readonly redirects?: BlobRedirects;
  /** Told of pulls. */
  readonly pullSink?: PullSink;
  readonly rules?: Partial<ManifestRules>;
  readonly limits?: Partial<UploadLimits>;
  /** The largest manifest. Default 4 MiB. */
  readonly manifestBytes?: number;
  /** Of manifests in memory. Default 1 MiB. */
  readonly cacheBytes?: number;
  readonly auth?: Partial<AuthOptions>;
  readonly trustedProxies?: readonly string[];
}

/** Time that moves when the test says so. */
export class MovableClock {
  #now = Date.now();

  readonly now = (): Date => new Date(this.#now);

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

/** The parts of a whole registry, and clients of it. */
export interface RegistryUnderTest {
  readonly url: string;
  readonly folder: string;
  readonly clock: MovableClock;
  /** May do everything. */
  readonly client: RegistryClient;
  /** Has no credential. */
  readonly anonymous: RegistryClient;
  /** The `Authorization` header of {@link client}. */
  readonly authorization: string;
  readonly auth: Auth;
  readonly db: Database;
  readonly store: TestedStore;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly pulls: Pulls;
  readonly repositoryRules: Rules;
  readonly deletions: Deletions;
  readonly trash: Trash;
  readonly plans: Plans;
  readonly collector: Collector;
  /** What the registry takes for failures of its own. Emptied by whoever expects some. */
  readonly failures: unknown[];
  /** A client that sends this `Authorization` header. */
  as(authorization: string): RegistryClient;
  /** A client with a new token that may do this, and nothing else. */
  robot(...scope: readonly RuleText[]): Promise<RegistryClient>;
  /** As {@link robot}: the `Authorization` header. */
  robotAuthorization(...scope: readonly RuleText[]): Promise<string>;
  /** A collection now; by default without any grace, and of untagged manifests too. */
  collect(options?: Partial<CollectOptions>): Promise<CollectReport>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A registry made of its real parts and listening on a port of its own, with its facts in a folder that is removed at
 * the end. A request that the registry itself failed at fails the test that disposes of it.
 */
export async function openRegistry(options: RegistryOptions = {}): Promise<RegistryUnderTest> {
  const folder = memoryFolder('registry');
  const clock = new MovableClock();
  const { now } = clock;
  const db = await (options.database?.() ?? openTestDatabase(folder));
  const store = await openStore(options.store ?? 'memory', folder, now);
  const auth = await openAuth({
    database: db,
    clock: now,
    onWarning: () => undefined,
    onFailure: () => undefined,
    ...options.auth,
  });
  const failures: unknown[] = [];
  const content = contentOn({ db: options.seenDatabase?.(db) ?? db, store, now, options, failures });
  const distribution = createDistribution({
    ...content,
    authenticator: auth.authenticator,
    tokens: auth.tokenService,
    isDeletionEnabled: options.isDeletionEnabled ?? true,
    redirects: options.redirects,
    ...(options.pullSink !== undefined && { pullSink: options.pullSink }),
    pageSize: 10_000,
    manifestBytes: options.manifestBytes ?? 4 * 1024 * 1024,
  });
  const listener = await openListener(
    {
      address: '127.0.0.1:0',
      onError: (error) => failures.push(error),
      ...(options.trustedProxies !== undefined && { trustedProxies: options.trustedProxies }),
    },
    async (request, connection) => {
      const exchange: Exchange = { endpoint: 'none', target: targetOf(request.url) };
      const response = await distribution(request, connection, exchange);
      if (exchange.failure !== undefined) failures.push(exchange.failure);
      return response;
    },
  );
  const { url } = listener;
  const as = (authorization: string): RegistryClient => new RegistryClient({ url, authorization });
  const robotAuthorization = async (...scope: readonly RuleText[]): Promise<string> => {
    const { secret } = await auth.tokens.create({ name: `robot-${crypto.randomUUID()}`, scope });
    return basic('robot', secret);
  };
  const authorization = await robotAuthorization({ pattern: '**', actions: ['admin'] });
  return {
    url,
    folder,
    clock,
    client: as(authorization),
    authorization,
    anonymous: new RegistryClient({ url }),
    auth,
    db,
    store,
    ...content,
    failures,
    as,
    robotAuthorization,
    robot: async (...scope) => as(await robotAuthorization(...scope)),
    collect: (wanted) => content.collector.collect({ ...COLLECT_EVERYTHING, ...wanted }, new AbortController().signal),
    [Symbol.asyncDispose]: async () => {
      await listener.stop(0);
      await content.pulls.flush();
      await auth.close();
      await db.close();
      removeFolder(folder);
      if (failures.length > 0) throw new AggregateError(failures, 'the registry failed');
    },
  };
}

/**
 * One registry for all tests of a file; each takes a repository of its own from {@link newRepository}. A test during
 * which the registry itself failed fails.
 */
export function sharedRegistry(options: RegistryOptions = {}): () => RegistryUnderTest {
  let opened: RegistryUnderTest | undefined;
  const get = (): RegistryUnderTest => {
    if (opened === undefined) throw new Error('the registry is open while tests run, not while they are declared');
    return opened;
  };
  beforeAll(async () => {
    opened = await openRegistry(options);
  });
  afterEach(() => expect(get().failures.splice(0)).toEqual([]));
  afterAll(async () => await opened?.[Symbol.asyncDispose]());
  return get;
}

let repositories = 0;

/** A name that no other test has used. */
export function newRepository(): string {
  repositories += 1;
  return `team-${repositories}/app`;
}

/** What clients are promised, whatever grace a test collects with. */
const GRACE_SECONDS = 3600;

const COLLECT_EVERYTHING: CollectOptions = {
  dryRun: false,
  deleteUntagged: true,
  graceSeconds: 0,
  uploadIdleSeconds: 86_400,
};

/** The `Authorization` header of a name with its password, or of any name with the secret of a token. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function openStore(
  store: NonNullable<RegistryOptions['store']>,
  folder: string,
  now: () => Date,
): Promise<TestedStore> {
  if (typeof store === 'function') return store(now);
  return store === 'memory' ? new MemoryStore(now) : openFilesystemStore({ folder });
}

interface Base {
  readonly db: Database;
  readonly store: TestedStore;
  readonly now: () => Date;
  readonly options: RegistryOptions;
  readonly failures: unknown[];
}

/** The rules over facts and bytes. */
function contentOn(base: Base) {
  const { db, store, now, options, failures } = base;
  const cache = new ManifestCache(options.cacheBytes ?? 1024 * 1024);
  const pulls = new Pulls({ db, now, flushSeconds: 3600, onFailure: (error) => void failures.push(error) });
  const blobs = new Blobs({ db, store, graceSeconds: GRACE_SECONDS, now });
  const repositoryRules = new Rules({ db });
  const limits = { uploadBytes: 0, uploadsPerPrincipal: 0, ...options.limits };
  const uploads = new Uploads({ db, store, limits, now });
  const deletions = new Deletions({ db, cache, rules: repositoryRules, graceSeconds: GRACE_SECONDS, now });
  const rules = {
    indexDepth: 8,
    indexManifests: 1000,
    requireBlobs: true,
    requireIndexChildren: false,
    ...options.rules,
  };
  return {
    uploads,
    deletions,
    trash: new Trash({ db, cache, now }),
    blobs,
    manifests: new Manifests({ db, cache, rules, blobs, repositoryRules, deletions, now }),
    pulls,
    repositoryRules,
    plans: new Plans({
      db,
      deletions,
      rules: repositoryRules,
      leases: new Leases({ db, node: 'test', now }),
      keepSeconds: 86_400,
      allowedPercent: 0,
      now,
    }),
    names: new Names(db),
    referrers: new Referrers(db),
    collector: new Collector({ db, store, uploads, cache, deletions, rules: repositoryRules, now }),
  };
}
