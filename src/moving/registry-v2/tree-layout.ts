import { algorithmOf, encodedOf, parseDigest, type Digest } from '../../oci/digest.ts';
import { DigestInvalidError } from '../../oci/errors.ts';
import { MovingError } from '../taking.ts';
import type { SourceTree } from '../source-tree.ts';

/*
 * What `registry:2` (distribution 2 and 3) writes:
 *
 *     docker/registry/v2/
 *       blobs/
 *         sha256/ab/ab3f…e1/data                    bytes: of blobs, and of manifests
 *       repositories/
 *         team/app/
 *           _layers/sha256/ab3f…e1/link             may serve the blob; without the file, not any more
 *           _manifests/
 *             revisions/sha256/51cd…07/link         has the manifest; without the file, not any more
 *             tags/1.4/current/link                 what the tag names: `sha256:51cd…07`
 *             tags/1.4/index/sha256/…               what it named before: history, not facts
 *           _uploads/…                              what is on its way in
 */

export function blobPath(digest: Digest): string {
  const encoded = encodedOf(digest);
  return `blobs/${algorithmOf(digest)}/${encoded.slice(0, 2)}/${encoded}/data`;
}

/** Of a repository, by its name. */
export function repositoryPath(name: string): string {
  return `repositories/${name}`;
}

/** Below the path of a repository: where its links to manifests, or to blobs, lie. */
export const REVISIONS = '_manifests/revisions';
export const LAYERS = '_layers';
export const TAGS = '_manifests/tags';

export function linkPath(folder: string, digest: Digest): string {
  return `${folder}/${algorithmOf(digest)}/${encodedOf(digest)}/link`;
}

export function tagPath(repository: string, tag: string): string {
  return `${repositoryPath(repository)}/${TAGS}/${tag}/current/link`;
}

/** The digests that a folder of links has folders for, whether or not a link is in it. */
export async function* linkFolders(tree: SourceTree, folder: string): AsyncGenerator<Digest, void> {
  for await (const algorithm of tree.folders(folder)) {
    for await (const encoded of tree.folders(`${folder}/${algorithm}`)) {
      const digest = digestIn(`${algorithm}:${encoded}`);
      if (digest !== undefined) yield digest;
    }
  }
}

/** `undefined` for anything but a digest that we can verify. */
export function digestIn(text: string): Digest | undefined {
  try {
    return parseDigest(text.trim());
  } catch (error) {
    if (error instanceof DigestInvalidError) return undefined;
    throw error;
  }
}

/** Where the tree may begin, seen from the folder that somebody names. */
const ROOTS = ['docker/registry/v2', 'registry/v2', 'v2', ''];

/**
 * The path of `v2/` below what somebody named: the folder of the registry (`/var/lib/registry`), or one on the way.
 *
 * @throws {MovingError} it is not there.
 */
export async function findRoot(tree: SourceTree): Promise<string> {
  for (const root of ROOTS) {
    for await (const name of tree.folders(root)) if (name === 'repositories') return root;
  }
  throw new MovingError(
    `${tree.name} has no docker/registry/v2/repositories: name the folder that registry:2 keeps as /var/lib/registry.`,
  );
}

/** Of a repository, in characters. */
const LONGEST_NAME = 255;

/** The names of repositories: folders with content of theirs. One may lie within another. */
export async function* repositoryNames(tree: SourceTree, name = ''): AsyncGenerator<string, void> {
  const parts: string[] = [];
  let isRepository = false;
  for await (const part of tree.folders(name === '' ? 'repositories' : repositoryPath(name))) {
    if (part === '_manifests' || part === '_layers') isRepository = true;
    else if (!part.startsWith('_')) parts.push(part);
  }
  if (isRepository && name !== '') yield name;
  // No repository has a longer name; and folders that link to each other have no end.
  if (name.length > LONGEST_NAME) return;
  for (const part of parts.toSorted()) yield* repositoryNames(tree, name === '' ? part : `${name}/${part}`);
}
