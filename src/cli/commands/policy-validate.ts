import { Command } from 'commander';
import { validateDocument } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { EXIT } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { policyDocument, withKindOption, type DocumentOptions } from '../policy-document.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, DocumentOptions {}

export function policyValidate(invocation: Invocation): Command {
  const command = new Command('validate')
    .description('Say everything that is wrong with a policy, by field. The exit code is 1 when something is.')
    .argument('<file>', 'its document, in JSON or YAML')
    .action((file: string, options: Options) => run(invocation, file, options));
  return examples(withWhereOptions(withKindOption(command)), [['havre policy validate lifecycle.json']]);
}

async function run(invocation: Invocation, file: string, options: Options): Promise<void> {
  const { kind, result } = await withAdmin(invocation, options, async (connection) => {
    const document = await policyDocument(connection, file, options);
    return { kind: document.kind, result: await ask(connection, validateDocument, document) };
  });
  const lines = [...result.problems, ...result.warnings].map(({ path, message }) =>
    path === '' ? message : `${path}: ${message}`,
  );
  const verdict = result.isValid ? `It is a policy, of kind ${kind}.` : `It is no policy of kind ${kind}.`;
  invocation.show(options, { json: { kind, ...result }, text: [...lines, verdict].join('\n') });
  if (!result.isValid) invocation.exitCode = EXIT.failure;
}
