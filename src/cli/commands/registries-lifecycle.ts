import { Command } from 'commander';
import {
  previewLifecycle,
  putLifecycle,
  showLifecycle,
  type LifecycleProgressLine,
  type LifecycleReport,
} from '../../api/lifecycle/contract.ts';
import { ask, askLines } from '../admin-client.ts';
import { confirmed, withYesOption, type YesOption } from '../confirmation.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { comparedInWords, lifecycleInWords, lifecycleProgressInWords, problemsInWords } from '../lifecycle-report.ts';
import { namedRegistry, REGISTRY_ARGUMENT } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { readText } from '../remote-login.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly project?: string;
}

const REPOSITORY_ARGUMENT = 'as in a reference, without the host: team/app';

/** Policies that the other registry applies itself. */
export function registriesLifecycle(invocation: Invocation): Command {
  return new Command('lifecycle')
    .description("Read, preview and write the lifecycle policies that a registry itself applies: Amazon ECR's.")
    .summary("A registry's own lifecycle policies.")
    .helpCommand(false)
    .addCommand(show(invocation))
    .addCommand(preview(invocation))
    .addCommand(put(invocation));
}

function show(invocation: Invocation): Command {
  const command = new Command('show')
    .description('Show the policy of a repository, as the registry has it.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .argument('<repository>', REPOSITORY_ARGUMENT)
    .action(async (text: string, repository: string, options: Options) => {
      const { policy } = await withAdmin(invocation, options, async (connection) => {
        const { id } = await namedRegistry(connection, text, options);
        return ask(connection, showLifecycle, { id, repository });
      });
      invocation.show(options, { json: { policy }, text: lifecycleInWords(policy) });
    });
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(command), [['havre registries lifecycle show ecr team/app']]);
}

function preview(invocation: Invocation): Command {
  const command = new Command('preview')
    .description(
      'Say what a policy would do, as the registry itself reckons and as Havre does, side by side. Nothing is deleted. Ctrl-C stops it.',
    )
    .summary('Say what a policy would do.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .argument('<repository>', REPOSITORY_ARGUMENT)
    .argument('[file]', 'the document; absent: the policy that is there')
    .action(async (text: string, repository: string, file: string | undefined, options: Options) => {
      const { host } = invocation;
      const document = file === undefined ? undefined : await readText(file);
      const report = await withAdmin(invocation, options, async (connection) => {
        const { id } = await namedRegistry(connection, text, options);
        const input = { id, repository, ...(document !== undefined && { document }) };
        const lines = askLines(connection, previewLifecycle, input, host.interruption());
        return followLines<LifecycleProgressLine, LifecycleReport>(lines, {
          output: host.stderr,
          inWords: lifecycleProgressInWords,
        });
      });
      invocation.show(options, { json: report, text: comparedInWords(report) });
    });
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(command), [
    ['havre registries lifecycle preview ecr team/app', 'what the policy that is there does next'],
    ['havre registries lifecycle preview ecr team/app lifecycle.json'],
  ]);
}

function put(invocation: Invocation): Command {
  const command = new Command('put')
    .description(
      'Replace the policy of a repository. The registry applies it within a day, and nothing brings back what it deletes: preview it first.',
    )
    .summary('Replace the policy of a repository.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .argument('<repository>', REPOSITORY_ARGUMENT)
    .argument('<file>', 'the document')
    .action(async (text: string, repository: string, file: string, options: Options & YesOption) => {
      const document = await readText(file);
      const what = `From now on ${text} itself deletes in ${repository} by ${file}, within a day; nothing brings that back.`;
      if (!(await confirmed(invocation, options, what))) return;
      const { warnings } = await withAdmin(invocation, options, async (connection) => {
        const { id } = await namedRegistry(connection, text, options);
        return ask(connection, putLifecycle, { id, repository, document });
      });
      const done = `${repository} has the policy of ${file} now: the registry applies it within a day.`;
      invocation.show(options, { json: { warnings }, text: [...problemsInWords(warnings), done].join('\n') });
    });
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(withYesOption(command)), [
    ['havre registries lifecycle put ecr team/app lifecycle.json'],
  ]);
}
