import { isAbsolute } from 'node:path';
import { exportOciLayout as exportLayout } from '../../moving/oci-layout/export-oci-layout.ts';
import { importOciLayout as importLayout } from '../../moving/oci-layout/import-oci-layout.ts';
import { importRegistryV2 as importTree } from '../../moving/registry-v2/import-registry-v2.ts';
import type { Identity } from '../../auth/identity.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import type { Tally } from '../../moving/tally.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';
import { parseTag } from '../../oci/tag.ts';
import { linesEndpoint, type Endpoint } from '../endpoint.ts';
import { requireLocal } from '../local-only.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { exportOciLayout, importOciLayout, importRegistryV2 } from './contract.ts';
import { movingLines } from './moving-lines.ts';

type Parts = Pick<AdminParts, 'moving' | 'withTree' | 'now' | 'onFailure'>;

export function movingEndpoints(parts: Parts): readonly Endpoint[] {
  return [
    linesEndpoint(importRegistryV2, async ({ source, repositories, into, ...taking }, { identity, actor, signal }) => {
      checkLocation(source, identity);
      const options = { ...taking, actor, into: prefix(into), repositories: parseRepositoryPattern(repositories) };
      const work = (tally: Tally): Promise<void> =>
        parts.withTree(source, (tree) => importTree({ parts: parts.moving, tree, options, tally, signal }));
      return movingLines({ dryRun: options.dryRun, signal, work }, parts);
    }),
    linesEndpoint(importOciLayout, async (input, { identity, actor, signal }) => {
      checkLocation(input.source, identity);
      const repository = parseRepositoryName(input.repository);
      const tag = input.tag === undefined ? undefined : parseTag(input.tag);
      const { dryRun, overwriteTags, sourceTag } = input;
      // Layouts are made to be changed by other programs: a link would let them change what is served here.
      const options = { dryRun, overwriteTags, actor, verify: 'full', transfer: 'copy' } as const;
      const given = { parts: parts.moving, sourceTag, repository, tag, options, signal };
      const work = (tally: Tally): Promise<void> =>
        parts.withTree(input.source, (tree) => importLayout({ ...given, tree, tally }));
      return movingLines({ dryRun, signal, work }, parts);
    }),
    linesEndpoint(exportOciLayout, async (input, { identity, signal }) => {
      requireLocal(identity, 'An export writes files of the machine of the server: run it there.');
      const { folder, allTags, references, referrers } = input;
      if (!isAbsolute(folder)) throw relative(folder);
      if (allTags === references.length > 0) {
        throw new ProblemError(400, 'INPUT_INVALID', 'Name tags or digests, or take all tags.');
      }
      const repository = parseRepositoryName(input.repository);
      const wanted = allTags ? 'all' : references.map(parseTagOrDigest);
      const work = (tally: Tally): Promise<void> =>
        exportLayout({ parts: parts.moving, repository, wanted, referrers, folder, tally, signal });
      return movingLines({ dryRun: false, signal, work }, parts);
    }),
  ];
}

function prefix(into: string): string {
  return into === '' ? '' : parseRepositoryName(into.replace(/\/$/, ''));
}

/** A bucket is opened with the rights of the server, at whatever address is named: not for who comes over the network. */
function checkLocation(source: string, identity: Identity): void {
  const isBucket = /^s3:\/\//i.test(source);
  if (isBucket) requireLocal(identity, 'An import from S3 uses the rights of the server: run it on its machine.');
  else if (!isAbsolute(source)) throw relative(source);
}

/** Relative to what? The server does not stand where the client does. */
function relative(path: string): ProblemError {
  return new ProblemError(400, 'INPUT_INVALID', `${path} must be an absolute path, on the machine of the server.`);
}
