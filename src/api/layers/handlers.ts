import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { readLayerFiles, type LayerFile } from '../../registry/layers/layer-files.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { listLayerFiles, type LayerFileReply } from './contract.ts';

export function layerEndpoints({ blobs }: Pick<AdminParts, 'blobs'>): readonly Endpoint[] {
  return [
    endpoint(listLayerFiles, async ({ repository, digest, ...page }, { signal }) => {
      const blob = await blobs.get(parseRepositoryName(repository), parseDigest(digest));
      const content = new Response(await blob.read()).body ?? new Blob([]).stream();
      const { files, next, stoppedBy } = await readLayerFiles(content, { ...page, signal });
      return {
        files: files.map(fileReply),
        stoppedBy: stoppedBy ?? null,
        next: next === undefined ? null : String(next),
      };
    }),
  ];
}

function fileReply({ modified, ...file }: LayerFile): LayerFileReply {
  const date = new Date(modified * 1000);
  // Some builders write what no calendar has.
  const isDate = !Number.isNaN(date.getTime()) && date.getUTCFullYear() <= 9999 && date.getUTCFullYear() >= 0;
  return { ...file, modifiedAt: isDate ? date.toISOString() : null };
}
