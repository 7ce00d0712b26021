import type { StorageLocation } from '../config/storage-location.ts';
import type { Bucket } from '../storage/s3/bucket.ts';
import { S3SetupError } from '../storage/s3/s3-failure.ts';

/**
 * Opens a bucket that somebody named in a command, and asks it once.
 *
 * @throws {S3SetupError} it cannot be used, or nothing answers there: its message says so.
 */
export async function openNamedBucket(location: Extract<StorageLocation, { kind: 's3' }>): Promise<Bucket> {
  // Its client is only loaded where there is something to ask it for.
  const { openBucket } = await import('../storage/s3/bucket.ts');
  const bucket = await openBucket(location);
  try {
    await bucket.check();
    return bucket;
  } catch (error) {
    bucket.close();
    if (error instanceof S3SetupError) throw error;
    const where = `s3://${location.bucket}${location.endpoint === undefined ? '' : ` at ${location.endpoint}`}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new S3SetupError(`${where} does not answer: ${reason}`, { cause: error });
  }
}
