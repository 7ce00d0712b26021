import { algorithmOf, type Digest, parseDigest } from '../../oci/digest.ts';
import { ContentMissingError, DigestInvalidError } from '../../oci/errors.ts';
import { newUploadId } from '../../oci/upload-id.ts';
import type { AdoptedContent, Adoption, ForeignContent } from '../blob-store.ts';
import { type Bucket, LONG_WORK_MILLISECONDS } from './bucket.ts';
import { objectKey, storageKeyOf } from './layout.ts';
import { copySourceOf, MultipartUploads } from './multipart-uploads.ts';
import { failureOf } from './s3-failure.ts';

/** What S3 copies in one request, in bytes: 5 GiB. */
const COPIED_AT_ONCE_BYTES = 5 * 1024 ** 3;
/** Beyond, in parts of this size: 10,000 of them are 5 TiB, the most that S3 keeps in one object. */
const COPIED_PART_BYTES = 1024 ** 3;

interface Expected {
  readonly digest: Digest;
  readonly size: number;
}

/** Takes over objects that S3 has already: where they are, if that is our bucket, or by a copy that S3 makes. */
export class S3Adoption implements Adoption {
  readonly #bucket: Bucket;
  readonly #onCommit: (sizeBytes: number) => void;

  constructor(bucket: Bucket, onCommit: (sizeBytes: number) => void) {
    this.#bucket = bucket;
    this.#onCommit = onCommit;
  }

  async adopt(content: ForeignContent, expected: Expected, isTrusted: boolean): Promise<AdoptedContent | undefined> {
    if (content.kind !== 'object') return undefined;
    const isOurs = content.bucket === this.#bucket.name;
    const key = isOurs ? `/${content.key}` : objectKey(newUploadId(), 1);
    if (!isOurs) await this.#copy(content, key, expected.size);
    try {
      await this.#verify(key, expected, isTrusted);
    } catch (error) {
      // What a copy left behind when this fails, too, is named by nobody, and swept.
      if (!isOurs) await this.#bucket.delete(key).catch(() => {});
      throw error;
    }
    if (!isOurs) this.#onCommit(expected.size);
    return { key: storageKeyOf(key), ...expected, by: isOurs ? 'in-place' : 'copied' };
  }

  async #copy(from: { bucket: string; key: string }, key: string, sizeBytes: number): Promise<void> {
    if (sizeBytes > COPIED_AT_ONCE_BYTES) return await this.#copyParts(from, key, sizeBytes);
    const { sdk, client } = this.#bucket;
    const input = { ...this.#bucket.at(key), CopySource: copySourceOf(from) };
    await this.#bucket
      .ask({ what: 'a copy', key, milliseconds: LONG_WORK_MILLISECONDS }, (abortSignal) =>
        client.send(new sdk.CopyObjectCommand(input), { abortSignal }),
      )
      .catch((error: unknown) => {
        throw failureOf(error).code === 'NoSuchKey' ? new ContentMissingError(from.key, { cause: error }) : error;
      });
  }

  async #copyParts(from: { bucket: string; key: string }, key: string, sizeBytes: number): Promise<void> {
    const multiparts = new MultipartUploads(this.#bucket);
    const multipart = await multiparts.begin(key);
    try {
      const etags: string[] = [];
      for (let first = 0; first < sizeBytes; first += COPIED_PART_BYTES) {
        const range = { first, last: Math.min(first + COPIED_PART_BYTES, sizeBytes) - 1 };
        etags.push(await multiparts.copyPart(multipart, etags.length + 1, { ...from, range }));
      }
      await multiparts.complete(multipart, etags);
    } catch (error) {
      await multiparts.abort(multipart).catch(() => {});
      throw error;
    }
  }

  async #verify(key: string, { digest, size }: Expected, isTrusted: boolean): Promise<void> {
    if (isTrusted) {
      const facts = await this.#bucket.head(key);
      if (facts === undefined) throw new ContentMissingError(key);
      if (facts.size !== size) throw new DigestInvalidError('the content has another size', digest);
      return;
    }
    const hash = new Bun.CryptoHasher(algorithmOf(digest));
    const { stream } = await this.#bucket.open(key);
    for await (const piece of stream) hash.update(piece);
    if (parseDigest(`${algorithmOf(digest)}:${hash.digest('hex')}`) !== digest) {
      throw new DigestInvalidError('the content has another digest', digest);
    }
  }
}
