import { Command } from 'commander';
import { exportOciLayout as contract } from '../../api/moving/contract.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { pathForServer, runMoving } from '../moving-work.ts';
import { exportInWords } from '../moving-words.ts';
import { withLocalOptions, type LocalOptions } from '../where.ts';

interface Options extends LocalOptions {
  readonly all?: true;
  readonly referrers?: true;
  readonly json?: true;
}

export function exportOciLayout(invocation: Invocation): Command {
  const command = new Command('oci-layout')
    .description(
      'Write images, with all their platforms, into an OCI layout: a folder that skopeo, crane, oras and podman read. A layout that is there is added to, and what it has is not written again. Images stay byte for byte what they are: of those with media types of Docker’s, skopeo and podman take only what an index names. The server writes, as the user it runs as, on this machine.',
    )
    .summary('Write images into an OCI layout.')
    .argument('<image>', 'REPOSITORY:TAG or REPOSITORY@DIGEST; with --all, REPOSITORY')
    .argument('<more...>', 'more tags or digests of the same repository (:TAG or @DIGEST), and at last the folder')
    .option('--all', 'every tag of the repository')
    .option('--referrers', 'signatures and the like come along')
    .option('--json', 'for programs: JSON on stdout')
    .action((image: string, more: readonly string[], options: Options) => run(invocation, [image, ...more], options));
  return examples(withLocalOptions(command), [
    ['havre export oci-layout team/app:1.4 ./layout'],
    ['havre export oci-layout team/app:1.4 :1.5 :latest ./layout', 'three tags of one repository'],
    ['havre export oci-layout team/app --all --referrers /mnt/usb/app'],
  ]);
}

async function run(invocation: Invocation, given: readonly string[], options: Options): Promise<void> {
  const [image = '', ...more] = given.slice(0, -1);
  const repository = image.replace(/[:@].*$/s, '');
  const references = [image.slice(repository.length), ...more].filter((text) => text !== '').map(parseReference);
  if (options.all === true && references.length > 0)
    throw new UsageError('--all takes the name of a repository alone.');
  if (options.all !== true && references.length === 0) throw new UsageError('Name a tag or a digest, or say --all.');
  const input = {
    repository,
    references,
    allTags: options.all === true,
    referrers: options.referrers === true,
    folder: pathForServer(given.at(-1) ?? '', {}),
  };
  await runMoving(invocation, options, { contract, input, inWords: exportInWords });
}

/** `:1.4`, or `@sha256:…`. */
function parseReference(text: string): string {
  const reference = /^[:@](.+)$/s.exec(text)?.[1];
  if (reference === undefined) throw new UsageError(`${text}: it must be :TAG or @DIGEST, of the same repository.`);
  return reference;
}
