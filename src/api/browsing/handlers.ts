import { Browsing } from '../../connections/browsing/browsing.ts';
import type { Connections } from '../../connections/connections.ts';
import type { PageRequest } from '../../providers/account.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { ProblemError } from '../problem.ts';
import { accessibleConnection } from '../registries/access.ts';
import { pausing } from '../registries/pausing.ts';
import { imageDocument } from '../../oci/image-document.ts';
import { referrerReply, remainingReply, repositoryReply, tagReply } from './browsing-reply.ts';
import { listRemoteReferrers, listRemoteRepositories, listRemoteTags, showRemoteImage } from './contract.ts';

export interface BrowsingApiParts {
  readonly connections: Pick<Connections, 'get' | 'look'>;
  readonly now: () => Date;
}

/** What is in connected registries. Whoever may look into the project of a connection may look into it. */
export function browsingEndpoints({ connections, now }: BrowsingApiParts): readonly Endpoint[] {
  const browsing = new Browsing({ connections, now });
  return [
    endpoint(listRemoteRepositories, async ({ id, refresh, ...page }, { identity, signal }) => {
      const connection = await accessibleConnection(connections, id, 'registries:read', identity);
      const look = { isFresh: refresh, signal };
      const { answer, gauge } = await pausing(now, () => browsing.repositories(connection, pageOf(page), look));
      return {
        repositories: answer.items.map(repositoryReply),
        next: answer.next ?? null,
        gauge: remainingReply(gauge),
      };
    }),
    endpoint(listRemoteTags, async ({ id, refresh, repository, ...page }, { identity, signal }) => {
      const connection = await accessibleConnection(connections, id, 'registries:read', identity);
      const look = { isFresh: refresh, signal };
      const wanted = { repository, ...pageOf(page) };
      const { answer, gauge } = await pausing(now, () => browsing.tags(connection, wanted, look));
      return { tags: answer.items.map(tagReply), next: answer.next ?? null, gauge: remainingReply(gauge) };
    }),
    endpoint(listRemoteReferrers, async ({ id, refresh, repository, digest, ...page }, { identity, signal }) => {
      const connection = await accessibleConnection(connections, id, 'registries:read', identity);
      const look = { isFresh: refresh, signal };
      const wanted = { repository, digest, ...pageOf(page) };
      const { answer, gauge } = await pausing(now, () => browsing.referrers(connection, wanted, look));
      return { referrers: answer.items.map(referrerReply), next: answer.next ?? null, gauge: remainingReply(gauge) };
    }),
    endpoint(showRemoteImage, async ({ id, refresh, repository, reference }, { identity, signal }) => {
      const connection = await accessibleConnection(connections, id, 'registries:read', identity);
      const wanted = { repository, tagOrDigest: reference };
      const look = { isFresh: refresh, signal };
      const { answer, gauge } = await pausing(now, () => browsing.image(connection, wanted, look));
      if (answer === undefined) {
        const text = `There is no ${repository} ${reference} at ${connection.url}, or none that its login may see: list the tags, or look at how it is written.`;
        throw new ProblemError(404, 'IMAGE_UNKNOWN', text);
      }
      return { image: imageDocument(answer, { repository, reference }), gauge: remainingReply(gauge) };
    }),
  ];
}

function pageOf(page: {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly search?: string | undefined;
}): PageRequest {
  const { limit, after, search } = page;
  return { limit, ...(after !== undefined && { after }), ...(search !== undefined && { search }) };
}
