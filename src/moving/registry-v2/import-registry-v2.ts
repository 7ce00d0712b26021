import { NameInvalidError } from '../../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import type { RepositoryPattern } from '../../oci/repository-pattern.ts';
import { makeBatchesDurable } from '../batch-durability.ts';
import { BlobIntake } from '../blob-intake.ts';
import type { Tally } from '../tally.ts';
import type { MovingParts, Taking, TakingOptions } from '../taking.ts';
import { importRepository } from './repository-import.ts';
import type { SourceTree } from '../source-tree.ts';
import { TreeBlobs } from '../tree-blobs.ts';
import { blobPath, findRoot, linkFolders, repositoryNames, repositoryPath, REVISIONS } from './tree-layout.ts';

export interface RegistryV2Import {
  readonly parts: MovingParts;
  /** Of what somebody named: `docker/registry/v2` lies below, or this is it. */
  readonly tree: SourceTree;
  readonly options: TakingOptions & {
    /** Which repositories, by their names there. */
    readonly repositories: RepositoryPattern;
    /** Stands, with a slash, before every name; empty: nothing does. */
    readonly into: string;
  };
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/**
 * Takes over what a `registry:2` keeps: every manifest, tag and blob of its repositories. Clients may push and pull here
 * meanwhile. It may be stopped or killed at any point, and run again: what is here is not read a second time.
 *
 * @throws {MovingError} it cannot go on at all. What is wrong with single items is told to the tally.
 */
export async function importRegistryV2({ parts, options, tally, signal, ...named }: RegistryV2Import): Promise<void> {
  const tree = named.tree.below(await findRoot(named.tree));
  const stopped = new AbortController();
  const counting = countManifests(tree, options.repositories, tally, AbortSignal.any([signal, stopped.signal]));
  const taking: Taking = { parts, options, source: new TreeBlobs(tree, blobPath), tally, signal };
  const blobs = new BlobIntake(taking);
  try {
    for await (const name of repositoryNames(tree)) {
      signal.throwIfAborted();
      if (!options.repositories.matches(name)) continue;
      const repository = nameHere(options.into, name);
      if (repository === undefined) {
        const reason = 'The repository was not imported: no repository may be called that.';
        await tally.found({ kind: 'repository', item: name, reason });
        continue;
      }
      await importRepository({ taking, tree, blobs, name, repository });
      tally.imported.repositories += 1;
    }
  } finally {
    stopped.abort();
    await counting;
    if (!options.dryRun) await makeBatchesDurable(parts);
  }
}

function nameHere(into: string, name: string): RepositoryName | undefined {
  try {
    return parseRepositoryName(into === '' ? name : `${into}/${name}`);
  } catch (error) {
    if (error instanceof NameInvalidError) return undefined;
    throw error;
  }
}

/** Only names are read, and beside the work: whoever waits wants to know how long, and not wait longer for it. */
async function countManifests(
  tree: SourceTree,
  repositories: RepositoryPattern,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  try {
    for await (const name of repositoryNames(tree)) {
      if (!repositories.matches(name)) continue;
      for await (const _ of linkFolders(tree, `${repositoryPath(name)}/${REVISIONS}`)) {
        if (signal.aborted) return;
        count += 1;
      }
    }
    tally.expectedManifests = count;
  } catch {
    // The import itself meets the same trouble, and says so.
  }
}
