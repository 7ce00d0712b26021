import { Command, Option } from 'commander';
import { UsageError } from '../cli-error.ts';
import { overridesWithFile } from '../config-argument.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withLocalOptions, type LocalOptions } from '../where.ts';

interface Options extends LocalOptions {
  readonly address?: string;
  readonly role?: string;
  readonly set?: Readonly<Record<string, string>>;
}

export function serve(invocation: Invocation): Command {
  const command = new Command('serve')
    .description(
      'Run the registry until it is told to stop. SIGTERM lets requests end; SIGHUP reads the configuration again.',
    )
    .summary('Run the registry until it is told to stop.')
    .argument('[config]', 'the same as --config')
    .option('--address <address>', 'where to listen, such as :5000 or 127.0.0.1:5000')
    .addOption(
      new Option('--role <role>', 'what this node does, where there are several (default: all)').choices([
        'all',
        'registry',
        'worker',
      ]),
    )
    .option<Readonly<Record<string, string>>>(
      '--set <key=value>',
      'any setting by its key, such as log.level=debug; can be said several times',
      parseSetting,
    )
    .action((file: string | undefined, options: Options) => run(invocation, file, options));
  return examples(withLocalOptions(command), [
    ['havre serve', 'port 5000, everything in ./data'],
    ['havre serve --data /srv/havre --address 127.0.0.1:5000'],
    ['havre serve --role=worker', 'scheduled work only, beside nodes with --role=registry'],
    ['havre serve --set log.level=debug --set delete.enabled=false'],
  ]);
}

function parseSetting(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`--set ${text}: it must be like log.level=debug.`);
  return { ...earlier, [text.slice(0, equals)]: text.slice(equals + 1) };
}

async function run(invocation: Invocation, file: string | undefined, options: Options): Promise<void> {
  const { address, role, set = {} } = options;
  invocation.exitCode = await invocation.host.serve({
    ...set,
    ...(await overridesWithFile(invocation, options, file)),
    ...(address === undefined ? {} : { 'http.address': address }),
    ...(role === undefined ? {} : { role }),
  });
}
