import { Command, InvalidArgumentError, Option } from 'commander';
import { importRegistryV2 as contract } from '../../api/moving/contract.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { pathForServer, runMoving } from '../moving-work.ts';
import { importInWords } from '../moving-words.ts';
import { parsePatternArgument } from '../rule-argument.ts';
import { withWhereOptions, type WhereOptions } from '../where.ts';
import { NameInvalidError } from '../../oci/errors.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';

interface Options extends WhereOptions {
  readonly repository: string;
  readonly into?: string;
  readonly verify: 'full' | 'manifests';
  readonly link?: true;
  readonly copy?: true;
  readonly overwriteTags?: true;
  readonly dryRun?: true;
}

export function importRegistryV2(invocation: Invocation): Command {
  const command = new Command('registry-v2')
    .description(
      'Take over the storage of a registry:2 (distribution): all its repositories, with tags, manifests, indexes, layers and referrers. Its files get a second name here where the disk is the same one, and are copied where it is not; nothing of the source is changed. Once a file has two names, nobody may write to it any more: let the old registry run read-only, or stop it. Deleting the old folder is safe. Clients may push and pull meanwhile. Ctrl-C stops it; run it again, and it goes on. What is broken in the source is reported, and the exit code is then 1.',
    )
    .summary('Take over the storage of a registry:2.')
    .argument('<source>', 'what registry:2 keeps as /var/lib/registry: a folder, or s3://bucket/prefix?endpoint=…')
    .option('-n, --dry-run', 'say what would come and what is broken, and change nothing')
    .option('--repository <pattern>', 'only these, such as team/**', parsePatternArgument, '**')
    .option('--into <prefix>', 'put this, and a slash, before every name', parsePrefix)
    .addOption(
      new Option('--verify <what>', 'hash every byte, or believe the blobs and hash only manifests')
        .choices(['full', 'manifests'])
        .default('full'),
    )
    .option('--link', 'rather fail than copy: for disks that hold everything once')
    .option('--copy', 'copy every byte, and link nothing: for a source that goes on being written')
    .option('--overwrite-tags', 'move tags that are here and name something else; otherwise they are kept')
    .action((source: string, options: Options) => run(invocation, source, options));
  return examples(withWhereOptions(command), [
    ['havre import registry-v2 /var/lib/registry --dry-run', 'what would come, and what is broken'],
    ['havre import registry-v2 /var/lib/registry'],
    ['havre import registry-v2 /mnt/old --repository "team/**" --into old'],
    ['havre import registry-v2 "s3://images/registry?endpoint=https://s3.example.org"'],
  ]);
}

function parsePrefix(text: string): string {
  try {
    return parseRepositoryName(text.replace(/\/$/, ''));
  } catch (error) {
    if (error instanceof NameInvalidError) throw new InvalidArgumentError('It must be like the name of a repository.');
    throw error;
  }
}

async function run(invocation: Invocation, source: string, options: Options): Promise<void> {
  if (options.link === true && options.copy === true) throw new UsageError('--link and --copy exclude each other.');
  const input = {
    source: pathForServer(source, options),
    repositories: options.repository,
    into: options.into ?? '',
    verify: options.verify,
    transfer: options.link === true ? ('link' as const) : options.copy === true ? ('copy' as const) : ('auto' as const),
    overwriteTags: options.overwriteTags === true,
    dryRun: options.dryRun === true,
  };
  await runMoving(invocation, options, { contract, input, inWords: importInWords });
}
