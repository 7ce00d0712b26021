import { join } from 'node:path';
import { asProblem } from '../../src/api/account-problem.ts';
import { problemOf } from '../../src/api/problem.ts';
import {
  AccountInvalidError,
  AccountProtectedError,
  AccountTakenError,
  AccountUnknownError,
} from '../../src/auth/accounts/account-errors.ts';
import { BackupError, type BackupErrorCode } from '../../src/backup/backup-error.ts';
import {
  ConnectionChangedError,
  ConnectionInUseError,
  ConnectionInvalidError,
  ConnectionNameTakenError,
  ConnectionNotFoundError,
  RotationError,
} from '../../src/connections/connection-errors.ts';
import { PlanError, type PlanErrorCode } from '../../src/plans/plan-errors.ts';
import { PolicyError, type PolicyErrorCode } from '../../src/policies/policy-errors.ts';
import {
  DeliveryUnknownError,
  WebhookExistsError,
  WebhookInvalidError,
  WebhookRefusedError,
  WebhookSecretsError,
  WebhookUnknownError,
} from '../../src/events/webhook-error.ts';
import * as webhooks from '../../src/events/webhook-error.ts';
import * as errors from '../../src/oci/errors.ts';
import { code, table } from './markdown.ts';

const API = join(import.meta.dir, '../../src/api');

/** Problems that the code of the admin API makes itself: code → what to do. Their status is in the code. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['INPUT_INVALID', 'Correct the fields that `errors` names.'],
  ['BODY_INVALID', 'Send a JSON object.'],
  ['BODY_TOO_LARGE', 'No input is that large: is it the right path?'],
  ['CONTENT_TYPE_UNSUPPORTED', 'Say `Content-Type: application/json`, also where there is no body.'],
  ['ENDPOINT_UNKNOWN', 'Look at the path: this page has them all.'],
  ['METHOD_NOT_ALLOWED', 'Use a method that `Allow` names.'],
  ['PATTERN_INVALID', 'Correct the pattern: the message says what is wrong.'],
  ['COLLECTION_RUNNING', 'Wait for the end of the collection that runs.'],
  ['QUOTA_UNKNOWN', 'There is no quota of this id: look at the list.'],
  ['QUOTA_TAKEN', 'Change the quota that the pattern has.'],
  ['QUOTAS_TOO_MANY', 'Write wider patterns, or remove quotas.'],
  ['POLICY_INVALID', 'Correct the document: `errors` names each place, and what would be right.'],
  ['SCHEDULE_INVALID', 'Correct the schedule or the time zone: the message says what is wrong.'],
  ['TAG_PATTERN_INVALID', 'Correct the pattern of tags: the message says what is wrong.'],
  [
    'PROJECT_UNKNOWN',
    'Look at the project: there is nothing of it that you may see. An administrator can grant `registries:read`.',
  ],
  ['ROTATION_RUNNING', 'One at a time: wait for the end of the replacement that runs.'],
  ['SECRETS_KEY_MISSING', 'Set what the message names: secrets are never kept unencrypted.'],
  [
    'REGISTRY_PAUSED',
    'The other registry wants to be left alone, or its budget is spent: `Retry-After` says for how many seconds.',
  ],
  [
    'LIFECYCLE_UNSUPPORTED',
    'That registry applies no lifecycle policies of its own that Havre knows: only Amazon ECR does. Use a policy of Havre.',
  ],
  ['LIFECYCLE_UNKNOWN', 'The repository has no policy there: give the document that is to be previewed.'],
  ['PLATFORM_UNKNOWN', 'Name a platform that the index has an image for: the message has them.'],
  ['IMAGE_UNKNOWN', 'That repository of the other registry has no such tag or digest.'],
  [
    'REMOTE_UNKNOWN',
    'The other registry has no such thing, or none that the login of the connection may see: look at how it is written, or list what is there.',
  ],
  ['REGISTRY_FAILED', 'The other registry is in the way, and not this one: the message says why, and what to do.'],
  [
    'CSRF_REFUSED',
    'Let the page that asks be one of this registry; programs send a password or a token, and no cookie.',
  ],
  ['SESSION_UNKNOWN', 'You have no session of this id: look at the list.'],
  ['PASSWORD_WRONG', 'Give the password that you log in with now.'],
  ['TRASH_UNKNOWN', 'There is nothing of this in the trash: look at the list.'],
  ['RULE_UNKNOWN', 'There is no rule of this id: look at the list.'],
  ['TOO_MANY_RULES', 'Write wider patterns, or remove rules.'],
  ['CANNOT_REVERT', 'The message says why: what the tag named is gone, or a rule keeps the tag.'],
  ['REGISTRY_ANONYMOUS', 'Give the registry a secret, if somebody is to log in there.'],
  ['CREDENTIALS_UNWRITABLE', 'The message says what of the credentials no file of Docker’s, or no Secret, can hold.'],
  ['REGION_UNKNOWN', 'Look at the list of regions, and at `sharedRegistries.regions`.'],
  ['MOVING_STOPPED', 'An import or export cannot go on: the message says why, and what to do.'],
]);

/** Of backups and migrations. */
const MOVES: Readonly<Record<BackupErrorCode, string>> = {
  BACKUP_RUNNING: 'One at a time: wait for the end of the other backup or migration.',
  BACKUP_FULL: 'Make room where the backup goes, or keep fewer snapshots; the next run goes on.',
  BACKUP_UNREACHABLE: 'Look at the folder or the bucket: the message says what the system says.',
  BACKUP_FOREIGN: 'Choose another folder: each installation has its own.',
  BACKUP_UNKNOWN: 'Look at the place and the name of the snapshot: the message lists those there are.',
  BACKUP_DAMAGED: 'Choose another snapshot; `havre backup --verify` heals what the registry still has.',
  TARGET_NOT_EMPTY: 'Name an empty database, folder or bucket.',
  TARGET_INVALID: 'Correct the place: the message says what is wrong.',
  COPY_DIFFERS: 'Somebody writes to the target: stop them, and run it again.',
  MIGRATION_RUNNING: 'The registry was moved already: start from its new place, or `havre migrate --resume-serving`.',
};

const PLANS: Readonly<Record<PlanErrorCode, string>> = {
  PLAN_UNKNOWN: 'Make a plan: one that is not applied is forgotten after a while.',
  PLAN_STATE: 'Look at the plan: what was applied is not applied again, and what is being applied is not discarded.',
  PLAN_RUNNING: 'Wait for its end: another command, or another node, is at it.',
  PLAN_DIGEST_MISMATCH: 'Look at the plan again: it is not the one whose digest you give.',
  PLAN_CHANGED: 'Make the plan again, or allow as much to have changed: what changed is never deleted.',
  PLAN_BEING_MADE: 'Wait until it is made, and try again: one at a time for each registry.',
  PLANS_TOO_MANY: '`havre plan discard` some of yours, or wait until they expire.',
};

const POLICIES: Readonly<Record<Exclude<PolicyErrorCode, 'REGISTRY_UNKNOWN'>, string>> = {
  POLICY_UNKNOWN: 'Look at the list of policies.',
  POLICY_TAKEN: 'Choose another name, or change the policy that has it.',
  POLICY_STOPPED:
    'Somebody disabled, moved or removed the policy: `havre plan apply` goes on with the plan of the run, `havre plan discard` forgets it.',
  POLICY_RUNNING: 'Wait for its end: a policy runs once at a time, on whatever node.',
};

/** Problems that other parts of the program report, and what to do. */
const OTHERS: readonly (readonly [unknown, string])[] = [
  [new AccountUnknownError(''), 'There is no user, token or grant of this name or id: look at the list.'],
  [new AccountTakenError(''), 'Choose another name, or remove what has it.'],
  [new AccountInvalidError(''), 'The message says what is wrong with the name, the password or the expiry.'],
  [
    new AccountProtectedError(''),
    'It would lock everybody out, or be undone at the next start: the message says which.',
  ],
  [new errors.AuthenticationRequiredError(), 'Send the name and password of an administrator, or a token of one.'],
  [new errors.AccessDeniedError(), 'Ask an administrator: nobody else may do that.'],
  [new errors.RateLimitedError(1), 'Too many wrong passwords: wait for as many seconds as `Retry-After` says.'],
  [new errors.StorageFullError(), 'The disk is full or does not answer: `havre doctor` says what to do.'],
  ...Object.entries(PLANS).map(([code, remedy]) => [new PlanError(code as PlanErrorCode, ''), remedy] as const),
  ...Object.entries(POLICIES).map(([code, remedy]) => [new PolicyError(code as PolicyErrorCode, ''), remedy] as const),
  ...Object.entries(MOVES).map(([code, remedy]) => [new BackupError(code as BackupErrorCode, ''), remedy] as const),
  [new ConnectionNotFoundError(''), 'Look at the list of registries: you see those of your projects.'],
  [new ConnectionInvalidError([]), 'Correct the fields that `errors` names: each is said what is wrong with it.'],
  [new ConnectionNameTakenError(''), 'Choose another name, or change the registry that has it.'],
  [
    new ConnectionInUseError('', []),
    'Remove the policies that the message names, or let them be for another registry.',
  ],
  [new ConnectionChangedError(), 'Look at it again: somebody else changed it meanwhile.'],
  [new RotationError(''), 'The message says what to do instead, or before.'],
  [new WebhookUnknownError(''), 'Look at the list of webhooks.'],
  [new WebhookExistsError(''), 'Choose another name, or change the webhook that has it.'],
  [new WebhookInvalidError(''), 'The message says what is wrong.'],
  [new WebhookRefusedError(''), 'Let the receiver answer the question, or make the webhook for another one.'],
  [new DeliveryUnknownError(0), 'Look at the list of deliveries: old ones are forgotten.'],
  [new WebhookSecretsError(''), 'Set what the message names: secrets are never kept unencrypted.'],
  [new webhooks.WebhookUnknownError(''), 'Look at the list of webhooks.'],
  [new webhooks.WebhookExistsError(''), 'Choose another name, or change the webhook that has it.'],
  [new webhooks.WebhookInvalidError(''), 'The message says what is wrong. `egress.allow` names what may be called.'],
  [new webhooks.WebhookRefusedError(''), 'Have the receiver answer the handshake, or leave the handshake out.'],
  [new webhooks.DeliveryUnknownError(0), 'Look at the deliveries of this webhook: they are kept for a time.'],
  [
    new webhooks.WebhookSecretsError(''),
    'Set `secrets.key` to the same on all nodes: the message says how to make one.',
  ],
  [new Error('anything'), 'The log of the server says why: look for `the admin API failed`.'],
];

export async function problemsTable(): Promise<string> {
  const own = [...(await ownStatuses())].map(([name, status]) => [code(name), String(status), remedyOf(name)]);
  const others = OTHERS.map(([error, remedy]) => {
    const { type, status } = problemOf(asProblem(error));
    return [code(type.slice(type.lastIndexOf('/') + 1)), String(status), remedy];
  });
  const rows = [...own, ...others].toSorted(
    ([code1 = '', status1 = ''], [code2 = '', status2 = '']) =>
      status1.localeCompare(status2) || code1.localeCompare(code2),
  );
  return table(['Code', 'Status', 'What to do'], rows);
}

function remedyOf(name: string): string {
  const remedy = OWN.get(name);
  if (remedy === undefined) throw new Error(`scripts/docs/admin-problems.ts does not say what to do about ${name}`);
  return remedy;
}

/** From the places that throw them, so that none is left out. */
async function ownStatuses(): Promise<ReadonlyMap<string, string>> {
  const statusByCode = new Map<string, string>();
  for (const path of new Bun.Glob('**/*.ts').scanSync(API)) {
    if (path.endsWith('.test.ts')) continue;
    const text = await Bun.file(join(API, path)).text();
    for (const [, status = '', name = ''] of text.matchAll(/new ProblemError\(\s*(\d+),\s*'([A-Z_]+)'/g)) {
      statusByCode.set(name, status);
    }
  }
  for (const name of OWN.keys()) {
    if (!statusByCode.has(name)) throw new Error(`scripts/docs/admin-problems.ts knows ${name}, which nothing throws`);
  }
  return statusByCode;
}
