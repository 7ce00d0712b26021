import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import { parseTag } from '../../oci/tag.ts';
import {
  positionOf,
  Sizes,
  type LargestPosition,
  type PatternSize,
  type RepositorySize,
} from '../../registry/sizes.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { listSizes, recountSizes, showRepositorySizes, showTagSize, type RepositorySizes } from './contract.ts';

export function sizeEndpoints({ database, trash }: Pick<AdminParts, 'database' | 'trash'>): readonly Endpoint[] {
  const sizes = new Sizes(database);
  return [
    endpoint(showRepositorySizes, async ({ repository }) =>
      documentOf(await sizes.ofRepository(parseRepositoryName(repository))),
    ),
    endpoint(showTagSize, async ({ repository, tag }) => {
      const found = await sizes.ofTag(parseRepositoryName(repository), parseTag(tag));
      return { repository, tag, ...found };
    }),
    endpoint(listSizes, async ({ pattern: text, after, limit, exact }, { signal }) => {
      const pattern = parseRepositoryPattern(text);
      const page = { after: after === undefined ? undefined : readPosition(after), limit: limit + 1, signal };
      const found = await sizes.largest(pattern, page);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const isFirst = after === undefined;
      return {
        sums: isFirst ? await sumsOf(await sizes.ofPattern(pattern, { exact, signal })) : null,
        repositories: shown.map(documentOf),
        next: found.length > limit && last !== undefined ? writePosition(positionOf(last)) : null,
      };
    }),
    endpoint(recountSizes, async (_, { signal, record }) => {
      const differences = await sizes.recount(signal);
      await record({ action: 'sizes.recounted', details: { differences: differences.length } });
      return { differences: differences.map((one) => ({ ...one, missing: { ...one.missing } })) };
    }),
  ];

  async function sumsOf({ blobs, ...sums }: PatternSize) {
    const { restorable, reclaimable } = await trash.totals();
    return { ...sums, blobs: blobs ?? null, trash: { restorable: restorable.bytes, reclaimable: reclaimable.bytes } };
  }
}

function documentOf({ name, size, usage }: RepositorySize): RepositorySizes {
  const { blobs, blobBytes, manifests, manifestBytes, tags } = usage;
  return { repository: name, size: { ...size }, blobs, blobBytes, manifests, manifestBytes, tags };
}

function writePosition({ bytes, name }: LargestPosition): string {
  return `${bytes} ${name}`;
}

function readPosition(text: string): LargestPosition {
  const match = /^(\d{1,16}) (.+)$/.exec(text);
  if (match === null) throw new ProblemError(400, 'INPUT_INVALID', 'after: it is no `next` of a page.');
  return { bytes: Number(match[1]), name: match[2] ?? '' };
}
