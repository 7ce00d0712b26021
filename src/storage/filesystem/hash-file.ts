import { open } from 'node:fs/promises';
import type { DigestAlgorithm } from '../../oci/digest.ts';

/** How much of a file is in memory at once, in bytes. Larger buffers are not faster. */
const BUFFER_BYTES = 1024 * 1024;

/** Hashes the first `sizeBytes` of a file. */
export async function hashFile(path: string, sizeBytes: number, algorithm: DigestAlgorithm): Promise<Bun.CryptoHasher> {
  const hasher = new Bun.CryptoHasher(algorithm);
  const handle = await open(path, 'r');
  try {
    const buffer = new Uint8Array(Math.min(BUFFER_BYTES, Math.max(1, sizeBytes)));
    for (let position = 0; position < sizeBytes;) {
      const wanted = Math.min(buffer.byteLength, sizeBytes - position);
      const { bytesRead } = await handle.read(buffer, 0, wanted, position);
      if (bytesRead === 0) break;
      hasher.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    return hasher;
  } finally {
    await handle.close();
  }
}
