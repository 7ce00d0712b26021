import { Command } from 'commander';
import {
  deleteContent,
  deleteRepository,
  foreseeDeletion,
  showRepository,
  type Deletion,
} from '../../api/repositories/contract.ts';
import { ask } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { AdminConnection } from '../cli-host.ts';
import { confirmed, withYesOption, type YesOption } from '../confirmation.ts';
import { contentArgument, contentInWords, type NamedContent } from '../content-argument.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { counted, printable, sizeInWords, timeInWords } from '../wording.ts';

interface Options extends WhereOptions, YesOption {
  readonly dryRun?: true;
}

export function deleteCommand(invocation: Invocation): Command {
  const command = new Command('delete')
    .description(
      'Delete a tag, a manifest or a repository with all that belongs to it: the manifest of a tag if nothing else keeps it, children of an index, what refers to it, its signatures. It says first what that is. It can be restored: havre restore.',
    )
    .summary('Delete a tag, a manifest or a repository. It can be restored.')
    .argument('<what>', 'NAME, NAME:TAG or NAME@DIGEST')
    .option('-n, --dry-run', 'only say what would go')
    .action((what: string, options: Options) => run(invocation, what, options));
  return examples(withWhereOptions(withYesOption(command)), [
    ['havre delete team/app:1.4'],
    ['havre delete team/app --yes', 'a whole repository, without asking'],
    ['havre delete team/app:1.4 --dry-run'],
  ]);
}

async function run(invocation: Invocation, what: string, options: Options): Promise<void> {
  const named = contentArgument(what);
  await withAdmin(invocation, options, async (connection) => {
    const foreseen = await foresee(connection, named);
    if (options.dryRun === true) return invocation.show(options, foreseen);
    if (!(await confirmed(invocation, options, foreseen.text))) throw new CliError('Nothing was deleted.');
    const deleted = await remove(connection, named);
    const { id, expiresAt } = deleted.trash;
    const isKept = new Date(expiresAt) > invocation.host.now();
    const until = isKept
      ? `It can be restored until ${timeInWords(expiresAt)}: havre restore --id ${id}`
      : 'It cannot be restored: no trash is kept there.';
    invocation.show(options, { json: deleted, text: `Deleted: ${contentInWords(named)}. ${until}` });
  });
}

function remove(connection: AdminConnection, named: NamedContent) {
  return named.tag === undefined && named.digest === undefined
    ? ask(connection, deleteRepository, named)
    : ask(connection, deleteContent, named);
}

async function foresee(
  connection: AdminConnection,
  named: NamedContent,
): Promise<{ readonly json: unknown; readonly text: string }> {
  if (named.tag === undefined && named.digest === undefined) {
    const { repository } = await ask(connection, showRepository, named);
    const { name, tags, manifests, bytes } = repository;
    const size = `${counted(tags, 'tag')}, ${counted(manifests, 'manifest')}, ${sizeInWords(bytes)}`;
    return { json: repository, text: `Repository ${name} is to go, with all that it holds: ${size}.` };
  }
  const deletion = await ask(connection, foreseeDeletion, named);
  return { json: deletion, text: deletionInWords(deletion) };
}

/** What people get to read of a long list. */
const MOST_LISTED = 20;

const REASONS = {
  asked: '',
  child: ', a child of the index',
  referrer: ', which refers to it',
  signature: ', its signature or the like',
} as const;

function deletionInWords({ repository, tag, manifests }: Deletion): string {
  if (manifests.length === 0)
    return `Tag ${repository}:${tag ?? ''} is to go. Something else keeps its manifest, which stays.`;
  const lines = manifests.map(({ digest, reason, tags }) => {
    const named = tags.length === 0 ? '' : ` (${tags.join(', ')})`;
    return printable(`  ${repository}@${digest}${named}${REASONS[reason]}`);
  });
  const rest = lines.length - MOST_LISTED;
  return [
    `${counted(manifests.length, 'manifest is', 'manifests are')} to go:`,
    ...lines.slice(0, MOST_LISTED),
    ...(rest > 0 ? [`  … and ${counted(rest, 'more', 'more')}`] : []),
  ].join('\n');
}
