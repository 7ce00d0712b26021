import { algorithmOf, encodedOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts';

export const ALGORITHMS: readonly DigestAlgorithm[] = ['sha256', 'sha512'];

/** Content lies in 256 folders, by the first two characters of its digest. */
export const PREFIXES: readonly string[] = Array.from({ length: 256 }, (_, number) =>
  number.toString(16).padStart(2, '0'),
);

export function blobFolder(algorithm: DigestAlgorithm, prefix: string): string {
  return `blobs/${algorithm}/${prefix}`;
}

export function blobPath(digest: Digest): string {
  const encoded = encodedOf(digest);
  return `${blobFolder(algorithmOf(digest), encoded.slice(0, 2))}/${encoded}`;
}

/** Whether a path is one that {@link blobPath} makes: what else lies there is not ours to remove. */
export function isBlobPath(path: string): boolean {
  return /^blobs\/(?:sha256\/[0-9a-f]{2}\/[0-9a-f]{64}|sha512\/[0-9a-f]{2}\/[0-9a-f]{128})$/.test(path);
}

/** `SHA256SUMS`, as the programs that check it expect. */
export function sumsFile(algorithm: DigestAlgorithm): string {
  return `${algorithm.toUpperCase()}SUMS`;
}

/** `20261120T234510Z`: sorts by time, and is a file name everywhere. */
export function snapshotName(time: Date): string {
  return time.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** What {@link snapshotName} was given, to the second. */
export function timeOfSnapshot(name: string): Date {
  return new Date(name.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

export function isSnapshotName(text: string): boolean {
  return /^\d{8}T\d{6}Z$/.test(text);
}

export function snapshotPath(name: string, file: string): string {
  return `snapshots/${name}/${file}`;
}
