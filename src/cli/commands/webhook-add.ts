import { Command, Option } from 'commander';
import { addWebhook } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import { parseHeaderArgument, parseHeaderFile, type HeaderArgument } from '../header-argument.ts';
import type { Invocation } from '../invocation.ts';
import { readText } from '../remote-login.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly format: 'cloudevents' | 'distribution';
  readonly event?: string[];
  readonly repository?: string[];
  readonly ignoreMediaType?: string[];
  readonly header?: HeaderArgument[];
  readonly headerFile?: string;
  readonly secretFile?: string;
  readonly unsigned?: true;
  readonly handshake?: true;
}

const several = (text: string, earlier: string[] | undefined): string[] => [...(earlier ?? []), text];

export function webhookAdd(invocation: Invocation): Command {
  const command = new Command('add')
    .description('Add a webhook: from now on it is told what happens, signed. Its secret is shown this once.')
    .summary('Add a webhook.')
    .argument('<name>', 'letters, digits and . _ -')
    .argument('<url>', 'where to: https, and in the public network, unless egress.allow says otherwise')
    .addOption(
      new Option('--format <format>', "how it is told; distribution: as that registry's notifications")
        .choices(['cloudevents', 'distribution'])
        .default('cloudevents'),
    )
    .option('--event <type>', "what of: manifest.pushed, 'tag.*', push, pull, mount, delete; several times", several)
    .option('--repository <pattern>', "where: 'team/**'; can be said several times", several)
    .option('--ignore-media-type <type>', 'manifests of it are not told of; can be said several times', several)
    .option<HeaderArgument[]>(
      '--header <header>',
      "'Name: value', sent along; can be said several times",
      (text, earlier) => [...(earlier ?? []), parseHeaderArgument(text)],
    )
    .option('--header-file <file>', 'the same from a file, a header on each line: for what is secret')
    .option('--secret-file <file>', 'sign with the secret in this file (default: one is made)')
    .option('--unsigned', 'do not sign')
    .option('--handshake', 'ask the receiver first, as CloudEvents has it')
    .action((name: string, url: string, options: Options) => run(invocation, { name, url }, options));
  return examples(withWhereOptions(command), [
    ['havre webhook add ci https://ci.example.org/hooks/registry', 'all that happens to content'],
    ['havre webhook add ui https://ui.example.org/event-receiver --format distribution --header-file token.txt'],
    [
      "havre webhook add prod https://hooks.example.org/ --event manifest.pushed --event 'tag.*' --repository 'prod/**'",
    ],
  ]);
}

async function run(invocation: Invocation, named: { name: string; url: string }, options: Options): Promise<void> {
  const wanted = {
    ...named,
    format: options.format,
    events: options.event ?? [],
    repositories: options.repository ?? [],
    ignoredMediaTypes: options.ignoreMediaType ?? [],
    headers: Object.fromEntries(await headersOf(options)),
    handshake: options.handshake === true,
    secret: await secretOf(options),
  };
  const { webhook, secret } = await withAdmin(invocation, options, (connection) => ask(connection, addWebhook, wanted));
  const text = secret ?? `${webhook.name} is told by ${webhook.url}, unsigned.`;
  invocation.show(options, { json: { ...webhook, secret }, text });
  if (options.json === true || secret === null) return;
  invocation.remark(
    `\nThis secret is shown this once: the receiver checks signatures with it (docs/webhooks.md).\n` +
      `\nhavre webhook ping ${webhook.name}   # try it`,
  );
}

async function headersOf({ header = [], headerFile }: Options): Promise<readonly HeaderArgument[]> {
  return headerFile === undefined ? header : [...header, ...parseHeaderFile(await readText(headerFile))];
}

/** Absent: one is made. */
async function secretOf({ secretFile, unsigned }: Options): Promise<string | false | undefined> {
  if (unsigned === true) return false;
  return secretFile === undefined ? undefined : (await readText(secretFile)).trim();
}
