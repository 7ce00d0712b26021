import { expect, it, setDefaultTimeout } from 'bun:test';
import { NotedStore } from '../../../test/support/noted-store.ts';
import { S3FaultProxy } from '../../../test/support/s3-fault-proxy.ts';
import { describeOnS3 } from '../../../test/support/s3.ts';
import { digestOf } from '../../oci/digest.ts';
import { newUploadId } from '../../oci/upload-id.ts';
import { bytesOf, piecesOf, send } from '../contract/upload-client.ts';
import { expectContent } from '../contract/upload-expectations.ts';

setDefaultTimeout(60_000);

const PART_BYTES = 5 * 1024 * 1024;

/** `PUT part`, `POST begin`, … */
function named({ method, url }: { readonly method: string; readonly url: string }): string {
  if (url.includes('partNumber=')) return 'PUT part';
  if (url.includes('uploadId=')) return `${method} multipart`;
  if (url.includes('uploads=') || url.endsWith('uploads')) return `${method} uploads`;
  return `${method} ${url.includes('/uploads/') ? 'tail' : 'object'}`;
}

describeOnS3('what a push costs', (s3) => {
  for (const [what, sizeBytes, expected] of [
    ['a small blob: one request', 1_000_000, ['PUT object']],
    [
      'a large one: its parts, and once more what follows them',
      2 * PART_BYTES + 1000,
      ['POST uploads', 'PUT part', 'PUT part', 'PUT tail', 'PUT part', 'POST multipart', 'DELETE tail'],
    ],
    ['one of whole parts: its parts', 2 * PART_BYTES, ['POST uploads', 'PUT part', 'PUT part', 'POST multipart']],
  ] as const) {
    it(what, async () => {
      await using proxy = await S3FaultProxy.start(s3.server().endpoint);
      const options = { location: s3.location(proxy.endpoint), ...s3.options(), partBytes: PART_BYTES };
      const store = await NotedStore.open(options);
      const id = newUploadId();
      const bytes = bytesOf(sizeBytes);
      await store.create(id);
      await send(store, id, piecesOf(bytes));
      const content = await store.commit(id, digestOf(bytes));
      await store.close();
      expect(proxy.requests.map(named)).toEqual([...expected]);
      await expectContent(store, content, bytes);
    });
  }
});
