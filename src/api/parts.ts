import type { Grants } from '../auth/accounts/grants.ts';
import type { Tokens } from '../auth/accounts/tokens.ts';
import type { OwnPassword } from '../auth/accounts/own-password.ts';
import type { Users } from '../auth/accounts/users.ts';
import type { HtpasswdUsers } from '../auth/passwords/htpasswd-file.ts';
import type { RuleText } from '../auth/rule-text.ts';
import type { Sessions } from '../auth/sessions/sessions.ts';
import type { BackupOptions, BackupReport } from '../backup/backup.ts';
import type { Refusals } from '../audit/refusals.ts';
import type { Sealer } from '../audit/sealer.ts';
import type { Deliveries } from '../events/deliveries.ts';
import type { Webhooks } from '../events/webhooks.ts';
import type { Collector } from '../gc/collector.ts';
import type { KeyRotationReport } from '../encryption/key-rotation.ts';
import type { Connections } from '../connections/connections.ts';
import type { Leases } from '../jobs/leases.ts';
import type { Migrations } from './migration/handlers.ts';
import type { SharedRegistries } from '../connections/handing-out/shared-registries.ts';
import type { Provider } from '../providers/provider.ts';
import type { Database } from '../metadata/database.ts';
import type { Blobs } from '../registry/blobs.ts';
import type { TagHistory } from '../registry/tag-history.ts';
import type { Rules } from '../registry/rules/rules.ts';
import type { RemotePlans } from '../clean-up/remote-plans.ts';
import type { Plans } from '../plans/plans.ts';
import type { Policies } from '../policies/policies.ts';
import type { PolicyRunner } from '../policies/policy-runner.ts';
import type { RuleBook } from '../registry/rules/rule-book.ts';
import type { Deletions } from '../registry/deletions.ts';
import type { CheckResult } from '../telemetry/health.ts';
import type { Trash } from '../registry/trash.ts';
import type { VerificationParts } from '../verification/finding.ts';
import type { SourceTree } from '../moving/source-tree.ts';
import type { MovingParts } from '../moving/taking.ts';

/** What the admin API is made of. */
export interface AdminParts {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly grants: Grants;
  readonly sessions: Sessions;
  readonly ownPassword: OwnPassword;
  /** What somebody may do, in words. */
  readonly rulesOf: (principalId: string) => Promise<readonly RuleText[]>;
  readonly htpasswd: HtpasswdUsers;
  readonly ruleBook: RuleBook;
  readonly plans: Plans;
  /** At connected registries. */
  readonly remotePlans: RemotePlans;
  readonly policies: Policies;
  readonly policyRunner: Pick<PolicyRunner, 'run'>;
  readonly rules: Rules;
  readonly tagHistory: TagHistory;
  readonly collector: Pick<Collector, 'collect'> & Partial<Pick<Collector, 'activity'>>;
  /** Work that one node at a time does. */
  readonly leases: Pick<Leases, 'take'>;
  /** What garbage collection does when a request does not say. */
  readonly collection: { readonly graceSeconds: number; readonly uploadIdleSeconds: number };
  readonly database: Database;
  readonly blobs: Pick<Blobs, 'get'>;
  readonly deletions: Deletions;
  readonly trash: Trash;
  /** Whether clients may delete. Administrators may in any case. */
  readonly isDeletionEnabled: boolean;
  readonly sealer: Pick<Sealer, 'seal'>;
  /** Where it is written down that somebody was not allowed to. */
  readonly refusals: Pick<Refusals, 'note'>;
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
  readonly connections: Connections;
  /** Replaces the key by which secrets are sealed. @throws {SecretsKeyError} */
  readonly rotateKey: (signal: AbortSignal) => Promise<KeyRotationReport>;
  /** Every kind of registry that can be connected. */
  readonly providers: readonly Provider[];
  /** Of a cloud, as they are configured. */
  readonly sharedRegistries: SharedRegistries;
  /** Makes a backup in a folder or a bucket. */
  readonly backUp: (target: string, options: BackupOptions) => Promise<BackupReport>;
  readonly verification: VerificationParts;
  readonly migrations: Migrations;
  readonly moving: MovingParts;
  /**
   * Opens what an import reads, an absolute path or an `s3://` URL, for as long as `work` takes.
   *
   * @throws {MovingError} it cannot be opened.
   */
  readonly withTree: (source: string, work: (tree: SourceTree) => Promise<void>) => Promise<void>;
  /** On the disk that holds the content, in bytes; `undefined` where it cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
  /** What the registry stands on, and how it is. Never rejects. */
  readonly checkParts: () => Promise<readonly CheckResult[]>;
  readonly version: string;
  readonly startedAt: Date;
  readonly now: () => Date;
  /** Named in the question for a password. */
  readonly realm: string;
  /** Where clients reach the registry, if that is configured. */
  readonly publicUrl?: string;
  /** Told of what is no fault of the client: it gets a bare 500. */
  readonly onFailure: (error: unknown) => void;
}
