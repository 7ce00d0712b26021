import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import { nextLink } from '../oci/link.ts';
import { OCI_INDEX } from '../oci/media-types.ts';
import { parsePage } from '../oci/page.ts';
import type { Names } from '../registry/names.ts';
import type { Referrers } from '../registry/referrers.ts';
import type { Call } from './call.ts';
import { jsonReply, type Reply } from './reply.ts';

/** More may be listed in pages; those that come with long annotations are cut shorter still. */
const REFERRERS_PER_PAGE = 500;

/** end-8: `GET /v2/<name>/tags/list`. */
export async function listTags(call: Call<'tags'>, names: Names, pageSize: number): Promise<Reply> {
  const { repository } = call.route;
  const { n, last = '' } = parsePage(call.query);
  const page = await names.listTags(repository, { last, limit: Math.min(n ?? pageSize, pageSize) });
  const link = page.next === undefined ? undefined : nextLink(`/v2/${repository}/tags/list`, { n, last: page.next });
  return jsonReply({ name: repository, tags: page.names }, linkHeader(link));
}

/** `GET /v2/_catalog`: the repositories that the caller may pull. */
export async function listCatalog(call: Call<'catalog'>, names: Names, pageSize: number): Promise<Reply> {
  const { n, last = '' } = parsePage(call.query);
  const mayList = (repository: string): boolean => call.identity.mayList(repository);
  const page = await names.listRepositories(mayList, { last, limit: Math.min(n ?? pageSize, pageSize) });
  const link = page.next === undefined ? undefined : nextLink('/v2/_catalog', { n, last: page.next });
  return jsonReply({ repositories: page.names }, linkHeader(link));
}

/**
 * end-12: `GET /v2/<name>/referrers/<digest>`. Always 200: clients take a 404 for a registry without this API, and
 * never ask again.
 */
export async function listReferrers(call: Call<'referrers'>, referrers: Referrers): Promise<Reply> {
  const { repository } = call.route;
  const subject: Digest = parseDigest(call.route.digest);
  const artifactType = call.query.get('artifactType') || undefined;
  const { n, last = '' } = parsePage(call.query);
  const limit = Math.min(n ?? REFERRERS_PER_PAGE, REFERRERS_PER_PAGE);
  const page = await referrers.list(repository, subject, {
    last,
    limit: Math.max(1, limit),
    ...(artifactType !== undefined && { artifactType }),
  });
  const path = `/v2/${repository}/referrers/${subject}`;
  const link = page.next === undefined ? undefined : nextLink(path, { artifactType, n, last: page.next });
  return jsonReply(
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests: page.referrers },
    {
      'Content-Type': OCI_INDEX,
      ...linkHeader(link),
      ...(artifactType !== undefined && { 'OCI-Filters-Applied': 'artifactType' }),
    },
  );
}

function linkHeader(link: string | undefined): Readonly<Record<string, string>> {
  return link === undefined ? {} : { Link: link };
}
