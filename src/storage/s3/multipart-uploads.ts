import type {
  CompletedPart,
  CreateMultipartUploadCommandOutput,
  ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { type Bucket, LONG_WORK_MILLISECONDS, type Payload, signHash } from './bucket.ts';
import { isAbsent, isLostMultipart } from './s3-failure.ts';
import type { ByteRange } from '../../oci/byte-range.ts';
import { UploadUnknownError, StorageUnavailableError } from '../../oci/errors.ts';

/** A multipart upload under way: where it will be, and S3's name for it. */
export interface Multipart {
  readonly key: string;
  readonly id: string;
}

/** Where bytes come from that S3 copies by itself. */
export interface CopySource {
  readonly bucket: string;
  /** From the root of the bucket. */
  readonly key: string;
  /** All of it by default. */
  readonly range?: ByteRange;
}

/** S3 takes no more parts than this. */
export const MAX_PARTS = 10_000;

/** Objects that are put together from parts: all of one size, and the last one no larger. */
export class MultipartUploads {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async begin(key: string): Promise<Multipart> {
    const { sdk, client } = this.#bucket;
    const input = { ...this.#bucket.at(key), ContentType: 'application/octet-stream' };
    const reply: CreateMultipartUploadCommandOutput = await this.#bucket.ask(
      { what: 'an upload', key },
      (abortSignal) => client.send(new sdk.CreateMultipartUploadCommand(input), { abortSignal }),
    );
    if (reply.UploadId === undefined) throw new StorageUnavailableError();
    return { key, id: reply.UploadId };
  }

  /** @param number from 1. @returns the ETag. @throws {UploadUnknownError} S3 does not know the upload any more. */
  async sendPart(multipart: Multipart, number: number, payload: Payload, signal?: AbortSignal): Promise<string> {
    const { sdk, client } = this.#bucket;
    const asked = { what: 'a part', key: multipart.key, signal };
    const reply = await this.#known(multipart, () =>
      this.#bucket.sendPayload(asked, payload, (body, abortSignal) => {
        const command = new sdk.UploadPartCommand({ ...this.#name(multipart), ...body, PartNumber: number });
        signHash(command, payload);
        return client.send(command, { abortSignal });
      }),
    );
    return reply.ETag ?? '';
  }

  /** As {@link sendPart}, of bytes that S3 has already. */
  async copyPart(multipart: Multipart, number: number, from: CopySource): Promise<string> {
    const { sdk, client } = this.#bucket;
    const input = {
      ...this.#name(multipart),
      PartNumber: number,
      CopySource: copySourceOf(from),
      ...(from.range !== undefined && { CopySourceRange: `bytes=${from.range.first}-${from.range.last}` }),
    };
    const asked = { what: 'a copied part', key: multipart.key, milliseconds: LONG_WORK_MILLISECONDS };
    const reply = await this.#known(multipart, () =>
      this.#bucket.ask(asked, (abortSignal) => client.send(new sdk.UploadPartCopyCommand(input), { abortSignal })),
    );
    return reply.CopyPartResult?.ETag ?? '';
  }

  /**
   * Makes the parts an object.
   *
   * @throws {UploadUnknownError} S3 does not know the upload any more; maybe because this was done already.
   */
  async complete(multipart: Multipart, etags: readonly string[]): Promise<void> {
    const { sdk, client } = this.#bucket;
    const Parts: CompletedPart[] = etags.map((ETag, i) => ({ ETag, PartNumber: i + 1 }));
    const input = { ...this.#name(multipart), MultipartUpload: { Parts } };
    const asked = { what: 'a completion', key: multipart.key, milliseconds: LONG_WORK_MILLISECONDS };
    await this.#known(multipart, () =>
      this.#bucket.ask(asked, (abortSignal) =>
        client.send(new sdk.CompleteMultipartUploadCommand(input), { abortSignal }),
      ),
    );
  }

  /** Aborting what is already gone succeeds. */
  async abort(multipart: Multipart): Promise<void> {
    const { sdk, client } = this.#bucket;
    await this.#bucket
      .ask({ what: 'an abort', key: multipart.key }, (abortSignal) =>
        client.send(new sdk.AbortMultipartUploadCommand(this.#name(multipart)), { abortSignal }),
      )
      .catch((error: unknown) => {
        if (!isLostMultipart(error) && !isAbsent(error)) throw error;
      });
  }

  /**
   * Those under way whose key begins with `under`. MinIO knows only those of exactly that key, begun since it started; it
   * drops them by itself after a day.
   */
  async *list(under: string): AsyncGenerator<Multipart & { readonly begun: Date | undefined }, void> {
    const { sdk, client } = this.#bucket;
    const { Bucket, Key: Prefix } = this.#bucket.at(under);
    let markers = {};
    for (;;) {
      const input = { Bucket, Prefix, ...markers };
      const page: ListMultipartUploadsCommandOutput = await this.#bucket.ask({ what: 'a list' }, (abortSignal) =>
        client.send(new sdk.ListMultipartUploadsCommand(input), { abortSignal }),
      );
      for (const { Key = '', UploadId: id, Initiated: begun } of page.Uploads ?? []) {
        if (id !== undefined) yield { key: under + Key.slice(Prefix.length), id, begun };
      }
      if (page.IsTruncated !== true) return;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  }

  #name({ key, id }: Multipart): { readonly Bucket: string; readonly Key: string; readonly UploadId: string } {
    return { ...this.#bucket.at(key), UploadId: id };
  }

  async #known<Value>(multipart: Multipart, send: () => Promise<Value>): Promise<Value> {
    try {
      return await send();
    } catch (error) {
      throw isLostMultipart(error) || isAbsent(error) ? new UploadUnknownError(nameOf(multipart)) : error;
    }
  }
}

/** As the header wants it: each part of the key escaped. */
export function copySourceOf({ bucket, key }: CopySource): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

/** The upload session that the key is named for. */
function nameOf({ key }: Multipart): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
