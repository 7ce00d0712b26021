import { Command, Help, type Option } from 'commander';
import { program } from '../../src/cli/main.ts';
import { Invocation } from '../../src/cli/invocation.ts';
import { withLocalOptions, withWhereOptions } from '../../src/cli/where.ts';
import { idleHost } from './idle-host.ts';
import { code, page, table, writtenFrom } from './markdown.ts';

const HELP = new Help();

/** Options that many commands share are explained once; from the longest list to the shortest. */
const SHARED: readonly { readonly flags: readonly string[]; readonly sentence: string }[] = [
  {
    flags: flagsOf(withWhereOptions(new Command())),
    sentence: 'And the options that say [which installation](#which-installation), and `--json`.',
  },
  {
    flags: flagsOf(withLocalOptions(new Command())),
    sentence: 'And `--data` and `--config`, which say [which installation](#which-installation) of this machine.',
  },
];

export function cliPage(): string {
  const havre = program(new Invocation(idleHost()));
  const commands = leavesOf(havre);
  return page(
    writtenFrom('src/cli/'),
    '# The command line',
    'The command is `havre`: `npx havre …` in the folder of the program, or `npm link` there once, as root where Node is the system’s, puts it on your path. What is printed for programs (`--json`) is on stdout, what is said to people besides is on stderr.',
    table(['Command', 'What it does'], commands.map(overview)),
    ...commands.flatMap(commandBlocks),
    '## Which installation',
    WHICH,
    optionsTable(HELP.visibleOptions(withWhereOptions(new Command())).filter(isNotHelp)),
    '## Exit codes, and help',
    `\`havre --help\` ends so:`,
    `\`\`\`text\n${afterHelpOf(havre)}\n\`\`\``,
    'With `--json`, what goes wrong is `{"error":{"code":…,"message":…}}` on stderr.',
    '## Scripts written for distribution’s registry',
    '`bin/registry` is the same program under the name that such scripts know: `bin/registry serve config.yml`, `bin/registry garbage-collect --delete-untagged config.yml`. A configuration file of distribution’s is left aside there, and a line says so.',
  );
}

const WHICH = `Without any of these options, a command is about the installation that the [configuration](configuration.md) of the working folder names: the data folder \`./data\`, or what \`HAVRE_DATA\` says. It goes through the server that runs on that folder, or opens the folder itself if none does. With \`--server\`, or \`HAVRE_REMOTE_SERVER\`, it governs a server somewhere else.`;

/** The commands that do something: not the groups that only hold others. */
function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function overview(command: Command): readonly string[] {
  const name = nameOf(command);
  return [`[\`${name}\`](#${name.replaceAll(' ', '-')})`, command.summary() || command.description()];
}

function commandBlocks(command: Command): readonly string[] {
  const options = HELP.visibleOptions(command).filter(isNotHelp);
  const shared = SHARED.find(({ flags }) => flags.every((flag) => options.some((option) => option.flags === flag)));
  const own = options.filter(({ flags }) => shared?.flags.includes(flags) !== true);
  const aliases = command.aliases().map(code).join(', ');
  return [
    `## ${nameOf(command)}`,
    `${command.description()}${aliases === '' ? '' : ` Also called ${aliases}.`}`,
    `\`\`\`text\n${HELP.commandUsage(command)}\n\`\`\``,
    ...argumentsBlock(command),
    ...(own.length === 0 ? [] : [optionsTable(own)]),
    ...(shared === undefined ? [] : [shared.sentence]),
    `\`\`\`console\n${examplesOf(command)}\n\`\`\``,
  ];
}

function argumentsBlock(command: Command): readonly string[] {
  const described = HELP.visibleArguments(command).filter(({ description }) => description !== '');
  if (described.length === 0) return [];
  const rows = described.map((argument) => [code(HELP.argumentTerm(argument)), HELP.argumentDescription(argument)]);
  return [table(['Argument', 'What it is'], rows)];
}

function optionsTable(options: readonly Option[]): string {
  const rows = options.map((option) => [code(HELP.optionTerm(option)), HELP.optionDescription(option)]);
  return table(['Option', 'What it does'], rows);
}

/** Every command has it. */
function isNotHelp({ long }: Option): boolean {
  return long !== '--help';
}

function flagsOf(command: Command): readonly string[] {
  return command.options.map(({ flags }) => flags);
}

/** The lines to paste at the end of the help, as at a prompt. @throws {Error} a command without any. */
function examplesOf(command: Command): string {
  const [title, ...lines] = afterHelpOf(command).split('\n');
  if (title !== 'Examples:') throw new Error(`${nameOf(command)} has no examples`);
  return lines.map((line) => `$ ${line.trim()}`).join('\n');
}

/** What a command says after its help. Only printing it tells, so it is printed to here. */
function afterHelpOf(command: Command): string {
  let printed = '';
  command.configureOutput({ writeOut: (text) => (printed += text) });
  command.outputHelp();
  return printed.slice(command.helpInformation().length).trim();
}
