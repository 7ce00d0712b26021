import { isAnonymous } from '../../auth/identity.ts';
import { parseDigest } from '../../oci/digest.ts';
import { RateLimitedError } from '../../oci/errors.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import type { LinkedBlob } from '../../registry/blobs.ts';
import {
  readLayerFiles,
  type LayerFile,
  type LayerFiles,
  type LayerFilesRequest,
} from '../../registry/layers/layer-files.ts';
import { endpoint, type AdminCall, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { listLayerFiles, type LayerFileReply } from './contract.ts';

/** Unpacking is work: others are to be served meanwhile. */
const MOST_AT_ONCE = 4;
/** Of one person, or of one address without an account: nobody keeps the others out. */
const MOST_OF_ONE = 2;

const RETRY_SECONDS = 2;

export function layerEndpoints({ blobs }: Pick<AdminParts, 'blobs'>): readonly Endpoint[] {
  const running: string[] = [];
  return [
    endpoint(listLayerFiles, async ({ repository, digest, ...page }, call) => {
      const blob = await blobs.get(parseRepositoryName(repository), parseDigest(digest));
      const { signal } = call;
      const asker = askerOf(call);
      const own = running.filter((other) => other === asker).length;
      if (running.length >= MOST_AT_ONCE || own >= MOST_OF_ONE) {
        throw new RateLimitedError(RETRY_SECONDS, 'other layers are being looked into');
      }
      running.push(asker);
      try {
        const { files, next, stoppedBy } = await filesOf(blob, { ...page, signal });
        return {
          files: files.map(fileReply),
          stoppedBy: stoppedBy ?? null,
          next: next === undefined ? null : String(next),
        };
      } finally {
        running.splice(running.indexOf(asker), 1);
      }
    }),
  ];
}

function askerOf({ identity, arrival }: Pick<AdminCall, 'identity' | 'arrival'>): string {
  return isAnonymous(identity) ? `address ${arrival?.source ?? ''}` : `principal ${identity.principal.id}`;
}

async function filesOf(blob: LinkedBlob, request: LayerFilesRequest): Promise<LayerFiles> {
  const content = new Response(await blob.read()).body ?? new Blob([]).stream();
  return await readLayerFiles(content, request);
}

function fileReply({ modified, ...file }: LayerFile): LayerFileReply {
  const date = new Date(modified * 1000);
  // Some builders write what no calendar has.
  const isDate = !Number.isNaN(date.getTime()) && date.getUTCFullYear() <= 9999 && date.getUTCFullYear() >= 0;
  return { ...file, modifiedAt: isDate ? date.toISOString() : null };
}
