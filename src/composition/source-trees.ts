import { stat } from 'node:fs/promises';
import { storageLocation, type StorageLocation } from '../config/storage-location.ts';
import { BucketTree } from '../moving/bucket-tree.ts';
import { FolderTree } from '../moving/folder-tree.ts';
import type { SourceTree } from '../moving/source-tree.ts';
import { MovingError } from '../moving/taking.ts';
import { openNamedBucket } from './named-bucket.ts';
import { S3SetupError } from '../storage/s3/s3-failure.ts';
import { TarTree } from '../moving/tar-tree.ts';

type S3Location = Extract<StorageLocation, { kind: 's3' }>;

/**
 * Opens what an import reads for as long as `work` takes: a folder or a tar archive of this machine, or a bucket of S3.
 *
 * @param storage where the registry itself keeps its bytes.
 * @throws {MovingError} it cannot be opened.
 */
export async function withSourceTree<Result>(
  source: string,
  storage: StorageLocation | undefined,
  work: (tree: SourceTree) => Promise<Result>,
): Promise<Result> {
  if (!/^s3:/i.test(source)) return await work(await openFiles(source));
  const location = storageLocation.read(source, '/');
  if (location?.kind !== 's3') {
    // Not as it was typed: there may be a password in it.
    throw new MovingError(`The URL of the bucket is not understood. ${storageLocation.hint?.(source) ?? ''}`);
  }
  const bucket = await openNamedBucket(location).catch((error: unknown) => Promise.reject(saidOf(error)));
  try {
    const name = `s3://${location.bucket}/${location.prefix}`;
    return await work(new BucketTree({ bucket, name, under: '', isOfStore: isOneServer(location, storage) }));
  } finally {
    bucket.close();
  }
}

/** What whoever named the bucket can mend. */
function saidOf(error: unknown): unknown {
  if (!(error instanceof S3SetupError)) return error;
  return new MovingError(`${error.message}.`.replace(/\.\.$/, '.'), { cause: error });
}

async function openFiles(source: string): Promise<SourceTree> {
  const found = await stat(source).catch((error: unknown) => {
    throw new MovingError(`${source} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
  // To open a pipe is to wait for who writes to it.
  if (!found.isDirectory() && !found.isFile())
    throw new MovingError(`${source} is neither a folder nor a tar archive.`);
  return found.isDirectory() ? new FolderTree(source) : await TarTree.open(source);
}

function isOneServer(source: S3Location, storage: StorageLocation | undefined): boolean {
  return storage?.kind === 's3' && storage.endpoint === source.endpoint && storage.region === source.region;
}
