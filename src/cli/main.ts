import { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { auditExport } from './commands/audit-export.ts';
import { auditList } from './commands/audit-list.ts';
import { auditVerify } from './commands/audit-verify.ts';
import { copy } from './commands/copy.ts';
import { backup } from './commands/backup.ts';
import { deleteCommand } from './commands/delete.ts';
import { dockerConfig } from './commands/docker-config.ts';
import { doctor } from './commands/doctor.ts';
import { du } from './commands/du.ts';
import { exportOciLayout } from './commands/export-oci-layout.ts';
import { garbageCollect } from './commands/garbage-collect.ts';
import { grantAdd } from './commands/grant-add.ts';
import { grantList } from './commands/grant-list.ts';
import { grantRemove } from './commands/grant-remove.ts';
import { history } from './commands/history.ts';
import { importOciLayout } from './commands/import-oci-layout.ts';
import { importRegistryV2 } from './commands/import-registry-v2.ts';
import { inspect } from './commands/inspect.ts';
import { k8sSecret } from './commands/k8s-secret.ts';
import { ls } from './commands/ls.ts';
import { migrate } from './commands/migrate.ts';
import { quotaList } from './commands/quota-list.ts';
import { quotaRemove } from './commands/quota-remove.ts';
import { quotaSet } from './commands/quota-set.ts';
import { secretsRotateKey } from './commands/secrets-rotate-key.ts';
import { planApply } from './commands/plan-apply.ts';
import { planCreate } from './commands/plan-create.ts';
import { planDiscard } from './commands/plan-discard.ts';
import { planList } from './commands/plan-list.ts';
import { planShow } from './commands/plan-show.ts';
import { policyAdd } from './commands/policy-add.ts';
import { policyList } from './commands/policy-list.ts';
import { policyPresets } from './commands/policy-presets.ts';
import { policyPreview } from './commands/policy-preview.ts';
import { policyRemove } from './commands/policy-remove.ts';
import { policyRun } from './commands/policy-run.ts';
import { policyRuns } from './commands/policy-runs.ts';
import { policyShow } from './commands/policy-show.ts';
import { policyDisable, policyEnable } from './commands/policy-switch.ts';
import { policyUpdate } from './commands/policy-update.ts';
import { policyValidate } from './commands/policy-validate.ts';
import { registriesAdd } from './commands/registries-add.ts';
import { registriesApply } from './commands/registries-apply.ts';
import { registriesChecks } from './commands/registries-checks.ts';
import { registriesKinds } from './commands/registries-kinds.ts';
import { registriesLifecycle } from './commands/registries-lifecycle.ts';
import { registriesList } from './commands/registries-list.ts';
import { registriesRemove } from './commands/registries-remove.ts';
import { registriesRotate } from './commands/registries-rotate.ts';
import { registriesShow } from './commands/registries-show.ts';
import { registriesTest } from './commands/registries-test.ts';
import { registriesUpdate } from './commands/registries-update.ts';
import { registryLoginLines } from './commands/registry-login-lines.ts';
import { registryPassword } from './commands/registry-password.ts';
import { restore } from './commands/restore.ts';
import { revert } from './commands/revert.ts';
import { ruleAdd } from './commands/rule-add.ts';
import { ruleList } from './commands/rule-list.ts';
import { ruleRemove } from './commands/rule-remove.ts';
import { serve } from './commands/serve.ts';
import { sizes } from './commands/sizes.ts';
import { tags } from './commands/tags.ts';
import { tlsInit } from './commands/tls-init.ts';
import { tokenCreate } from './commands/token-create.ts';
import { tokenList } from './commands/token-list.ts';
import { tokenRevoke } from './commands/token-revoke.ts';
import { trashEmpty } from './commands/trash-empty.ts';
import { trashList } from './commands/trash-list.ts';
import { userAdd } from './commands/user-add.ts';
import { userList } from './commands/user-list.ts';
import { userLogout } from './commands/user-logout.ts';
import { userPasswd } from './commands/user-passwd.ts';
import { userRemove } from './commands/user-remove.ts';
import { verify } from './commands/verify.ts';
import { version } from './commands/version.ts';
import { webhookAdd } from './commands/webhook-add.ts';
import { webhookDeliveries } from './commands/webhook-deliveries.ts';
import { webhookDisable } from './commands/webhook-disable.ts';
import { webhookEnable } from './commands/webhook-enable.ts';
import { webhookList } from './commands/webhook-list.ts';
import { webhookPing } from './commands/webhook-ping.ts';
import { webhookRemove } from './commands/webhook-remove.ts';
import { webhookReplay } from './commands/webhook-replay.ts';
import { webhookSecret } from './commands/webhook-secret.ts';
import { explain } from './explain.ts';
import { Invocation } from './invocation.ts';

/**
 * Runs one command line, such as `['user', 'add', 'bob']`. Whatever goes wrong is a sentence on stderr.
 *
 * @returns the exit code: `havre --help` says what each means.
 */
export async function runCli(argv: readonly string[], host: CliHost): Promise<number> {
  const invocation = new Invocation(host);
  try {
    await program(invocation).parseAsync(withoutValuesOfFlags(argv), { from: 'user' });
    return invocation.exitCode;
  } catch (error) {
    return explain(error, argv.includes('--json'), host);
  } finally {
    await invocation.reader.close();
  }
}

/** Distribution's `garbage-collect` takes `--delete-untagged=true` too, as flags of Go are written. */
function withoutValuesOfFlags(argv: readonly string[]): string[] {
  if (argv[0] !== 'garbage-collect') return [...argv];
  return argv.flatMap((argument) => {
    const [, flag, value] = /^(-[dmq]|--(?:dry-run|delete-untagged|quiet))=(true|false)$/.exec(argument) ?? [];
    if (flag === undefined) return [argument];
    return value === 'true' ? [flag] : [];
  });
}

/** The whole command line: to be run, or to be described in docs/cli.md. */
export function program(invocation: Invocation): Command {
  const havre = new Command('havre')
    .description('A container registry. Run it, and govern who may do what in it.')
    .version(invocation.host.version, '-V, --version', 'say which version this is');
  const commands = [serve(invocation), ...governing(invocation), ...tending(invocation), version(invocation)];
  for (const command of commands) havre.addCommand(command);
  return settled(havre.addHelpText('after', HELP), invocation.host);
}

/** Who may do what, what is kept, and who is told. */
function governing(invocation: Invocation): readonly Command[] {
  const groups: readonly Group[] = [
    ['user', 'People: they log in with a password.', [userAdd, userList, userPasswd, userLogout, userRemove]],
    ['token', 'Tokens: machines log in with them.', [tokenCreate, tokenList, tokenRevoke]],
    ['grant', 'Grants: who may do what in which repositories and projects.', [grantAdd, grantList, grantRemove]],
    ['audit', 'Audit: who did what.', [auditList, auditExport, auditVerify]],
    ['secrets', 'Secrets: the key by which they are sealed.', [secretsRotateKey]],
    ['quota', 'Quotas: how much repositories may hold.', [quotaList, quotaSet, quotaRemove]],
    sizes,
    [
      'plan',
      'Deletion plans: what would go, exactly, and deleting just that.',
      [planCreate, planList, planShow, planApply, planDiscard],
    ],
    ['policy', 'Lifecycle policies: what goes by itself, and when.', POLICY_COMMANDS],
    history,
    revert,
    [
      'rule',
      'Rules: what stays whoever deletes, what goes by itself, how long trash is kept.',
      [ruleList, ruleAdd, ruleRemove],
    ],
    ['webhook', 'Webhooks: who is told what happens.', WEBHOOK_COMMANDS],
    ['registries', 'Registries: the others that your teams use.', REGISTRY_COMMANDS],
    ls,
    tags,
    inspect,
    du,
    dockerConfig,
    ['k8s', 'Kubernetes: what it pulls with.', [k8sSecret]],
  ];
  return groups.map((one) => commandOf(one, invocation));
}

/** The installation, and what goes into it and out of it. */
function tending(invocation: Invocation): readonly Command[] {
  const groups: readonly Group[] = [
    ['tls', 'Certificates.', [tlsInit]],
    garbageCollect,
    ['import', 'Moving in: take over what another registry keeps.', [importRegistryV2, importOciLayout]],
    ['export', 'Moving out: write images where others read them.', [exportOciLayout]],
    copy,
    backup,
    deleteCommand,
    restore,
    ['trash', 'What was deleted, and can be restored.', [trashList, trashEmpty]],
    verify,
    migrate,
    doctor,
  ];
  return groups.map((one) => commandOf(one, invocation));
}

const POLICY_COMMANDS: readonly MakeCommand[] = [
  policyAdd,
  policyList,
  policyShow,
  policyPreview,
  policyRun,
  policyRuns,
  policyEnable,
  policyDisable,
  policyUpdate,
  policyRemove,
  policyPresets,
  policyValidate,
];

const WEBHOOK_COMMANDS: readonly MakeCommand[] = [
  webhookAdd,
  webhookList,
  webhookPing,
  webhookDeliveries,
  webhookReplay,
  webhookEnable,
  webhookDisable,
  webhookSecret,
  webhookRemove,
];

const REGISTRY_COMMANDS: readonly MakeCommand[] = [
  registriesAdd,
  registriesList,
  registriesShow,
  registriesTest,
  registriesUpdate,
  registriesRotate,
  registriesRemove,
  registriesApply,
  registriesChecks,
  registriesKinds,
  registriesLifecycle,
  registryLoginLines,
  registryPassword,
];

const HELP = `
Commands work on the data folder of this machine, through the running server if there is one, or with
--server on one somewhere else. Each has its own --help, with examples.

Exit codes:
  0    done
  1    failed, or refused; doctor: something is wrong
  2    the command line is wrong; nothing was done
  3    the server cannot be reached, or the data folder is in use
  130  interrupted with Ctrl-C`;

type MakeCommand = (invocation: Invocation) => Command;

/** A command, or several under a name. */
type Group = MakeCommand | readonly [name: string, what: string, commands: readonly MakeCommand[]];

function commandOf(group: Group, invocation: Invocation): Command {
  if (typeof group === 'function') return group(invocation);
  const [name, what, commands] = group;
  const parent = new Command(name).description(what).helpCommand(false);
  for (const make of commands) parent.addCommand(make(invocation));
  return parent;
}

/** What commander does not hand down to subcommands by itself. */
function settled(command: Command, host: CliHost): Command {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      writeErr: (text) => void host.stderr.write(text),
      // The one place that says what went wrong is `explain`.
      outputError: () => undefined,
    })
    .showSuggestionAfterError();
  for (const child of command.commands) settled(child, host);
  return command;
}
