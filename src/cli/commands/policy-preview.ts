import { Command } from 'commander';
import { previewDocument, previewPolicy } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { showPlanItems, type PlanViewOptions } from '../plan-view.ts';
import { policyDocument, withKindOption, type DocumentOptions } from '../policy-document.ts';
import { namedRegistry } from '../registry-argument.ts';
import { withAdmin, withWhereOptions } from '../where.ts';

interface Options extends PlanViewOptions, DocumentOptions {
  readonly file?: string;
  readonly repository?: string[];
  readonly registry?: string;
}

export function policyPreview(invocation: Invocation): Command {
  const command = new Command('preview')
    .description(
      'Say what a policy would do now, with the reason for each image. Nothing is deleted; it is a plan that can be applied.',
    )
    .argument('[name]', 'of a policy; or say --file or --preset, and --repository')
    .option('--file <file>', 'a document that is not added')
    .option('--preset <name>', 'one of `havre policy presets`')
    .option('--repository <pattern...>', 'repositories, of such a document')
    .option('--registry <name>', 'at a connected registry, and not at this one: its name or id')
    .option('--all', 'show all of it, and not only the first 50')
    .action((name: string | undefined, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(withKindOption(command)), [
    ['havre policy preview keep-ten'],
    ['havre policy preview keep-ten --registry ghcr'],
    ["havre policy preview --file lifecycle.json --repository 'team/**'"],
  ]);
}

async function run(invocation: Invocation, name: string | undefined, options: Options): Promise<void> {
  const { file, preset, repository = [] } = options;
  const isStored = name !== undefined;
  if (isStored === (file !== undefined || preset !== undefined) || isStored !== (repository.length === 0)) {
    throw new UsageError('Say the name of a policy; or --file or --preset, and --repository.');
  }
  await withAdmin(invocation, options, async (connection) => {
    const registry = options.registry === undefined ? undefined : await namedRegistry(connection, options.registry, {});
    const remote = registry === undefined ? {} : { registry: registry.id };
    const { plan } = isStored
      ? await ask(connection, previewPolicy, { name, ...remote })
      : await ask(connection, previewDocument, {
          ...(await policyDocument(connection, file, options)),
          patterns: repository,
          ...remote,
        });
    await showPlanItems(invocation, options, { connection, plan });
  });
}
