import { createAdminApi, type AdminApi } from '../api/admin-api.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../telemetry/log.ts';
import { rotateKey } from '../encryption/key-rotation.ts';
import { PROVIDERS } from '../providers/registry.ts';
import { RuleBook } from '../registry/rules/rule-book.ts';
import { freeBytes } from './free-bytes.ts';
import type { Installation } from './installation.ts';
import { sharedRegistriesOf } from './shared-registries.ts';
import { sealedPlaces } from './secrets.ts';
import { withSourceTree } from './source-trees.ts';
import { healthOf } from './readiness.ts';
import { migrationsOf } from './migrations.ts';
import { backUpOf } from './moves.ts';
import { VERSION } from './version.ts';

/** The admin API over one installation: of a server, or of a command that opened the folder itself. */
export function adminApiOf(config: Config, installation: Installation, log: Logger, now: () => Date): AdminApi {
  const { auth, content } = installation;
  const health = healthOf(installation);
  return createAdminApi({
    users: auth.users,
    tokens: auth.tokens,
    grants: auth.grants,
    sessions: auth.sessions,
    ownPassword: auth.ownPassword,
    rulesOf: auth.rulesOf,
    htpasswd: auth.htpasswd,
    ruleBook: new RuleBook({ db: content.db, rules: content.rules, now }),
    rules: content.rules,
    tagHistory: content.tagHistory,
    plans: content.plans,
    remotePlans: content.remotePlans,
    policies: content.policies,
    policyRunner: content.policyRunner,
    collector: content.collector,
    leases: content.leases,
    collection: { graceSeconds: config.gc.graceSeconds, uploadIdleSeconds: config.uploads.expireSeconds },
    database: content.db,
    blobs: content.blobs,
    deletions: content.deletions,
    trash: content.trash,
    isDeletionEnabled: config.delete.enabled,
    sealer: content.sealer,
    webhooks: content.events.webhooks,
    deliveries: content.events.deliveries,
    connections: content.registries.connections,
    rotateKey: (signal) => rotateKey(content.secrets, sealedPlaces(content.db), { signal }),
    providers: PROVIDERS,
    sharedRegistries: sharedRegistriesOf(config),
    refusals: content.refusals,
    backUp: backUpOf(config, content, now),
    verification: content.verification,
    migrations: migrationsOf(config, content, log),
    moving: content.moving,
    withTree: (source, work) => withSourceTree(source, config.storage, work),
    freeBytes: () => freeBytes(config.data),
    checkParts: () => health.checkParts(),
    version: VERSION,
    startedAt: now(),
    now,
    realm: config.auth.realm,
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
    onFailure: (error) => log.error({ err: error }, 'the admin API failed'),
  });
}
