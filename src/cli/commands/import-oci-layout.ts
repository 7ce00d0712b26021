import { Command } from 'commander';
import { importOciLayout as contract } from '../../api/moving/contract.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { pathForServer, runMoving } from '../moving-work.ts';
import { importInWords } from '../moving-words.ts';
import { withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly overwriteTags?: true;
  readonly dryRun?: true;
}

export function importOciLayout(invocation: Invocation): Command {
  const command = new Command('oci-layout')
    .description(
      'Take images out of an OCI layout, as skopeo, crane, buildx, oras and docker save write it: a folder, or a tar archive of one. All platforms come, and the referrers that the layout lists. Bytes are copied, and verified.',
    )
    .summary('Take images out of an OCI layout.')
    .argument('<layout>', 'the folder or archive; with :NAME, the one image of that name')
    .argument('<repository>', 'where they go; with :TAG, what the one image is called here')
    .option('-n, --dry-run', 'say what would come, and change nothing')
    .option('--overwrite-tags', 'move tags that are here and name something else; otherwise they are kept')
    .action((layout: string, repository: string, options: Options) => run(invocation, [layout, repository], options));
  return examples(withWhereOptions(command), [
    ['havre import oci-layout ./layout team/app', 'every image, by the names in the layout'],
    ['havre import oci-layout ./layout:1.4 team/app:1.4'],
    ['havre import oci-layout app.tar team/app:latest', 'docker save -o app.tar app'],
  ]);
}

async function run(
  invocation: Invocation,
  [layout, target]: readonly [string, string],
  options: Options,
): Promise<void> {
  const source = splitName(layout);
  const [repository = '', tag] = target.split(':', 2);
  const input = {
    source: pathForServer(source.path, options),
    ...(source.name !== undefined && { sourceTag: source.name }),
    repository,
    ...(tag !== undefined && { tag }),
    overwriteTags: options.overwriteTags === true,
    dryRun: options.dryRun === true,
  };
  await runMoving(invocation, options, { contract, input, inWords: importInWords });
}

/** `./layout:1.4`: what follows the last colon, unless it is part of a path. */
function splitName(text: string): { readonly path: string; readonly name?: string } {
  const colon = text.lastIndexOf(':');
  if (colon === -1 || text.indexOf('/', colon) !== -1) return { path: text };
  return { path: text.slice(0, colon), name: text.slice(colon + 1) };
}
