import {
  listRemoteReferrers,
  listRemoteRepositories,
  listRemoteTags,
  showRemoteImage,
} from '../../api/browsing/contract.ts';
import type { Registry } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import type { Within } from './name.ts';
import { LONGEST_PAGE, repositoryOf, type Part, type Place } from './place.ts';

/** A registry that is connected here: Havre asks it, as whom it knows. */
export function connectedPlace(
  connection: AdminConnection,
  { id, name, kind }: Registry,
  { refresh, ...within }: Within & { readonly refresh: boolean },
): Place {
  const isOfficial = kind === 'docker-hub' && within.repository !== '' && !within.repository.includes('/');
  const place: Place = {
    ...within,
    repository: isOfficial ? `library/${within.repository}` : within.repository,
    name,
    repositories: ({ search, limit }) =>
      pages(limit, async (page) => {
        const asked = { id, refresh, ...page, ...(search !== '' && { search }) };
        const { repositories, next } = await ask(connection, listRemoteRepositories, asked);
        return { items: repositories, next };
      }),
    tags: ({ search, limit }) =>
      pages(limit, async (page) => {
        const asked = { id, refresh, repository: repositoryOf(place), ...page, ...(search !== '' && { search }) };
        const { tags, next } = await ask(connection, listRemoteTags, asked);
        return { items: tags, next };
      }),
    referrers: (digest, limit) =>
      pages(limit, async (page) => {
        const asked = { id, refresh, repository: repositoryOf(place), digest, ...page };
        const { referrers, next } = await ask(connection, listRemoteReferrers, asked);
        return { items: referrers, next };
      }),
    image: async (reference) =>
      (await ask(connection, showRemoteImage, { id, refresh, repository: repositoryOf(place), reference })).image,
  };
  return place;
}

/** The pages of a list of the admin API. */
export async function* pages<Item>(
  limit: number,
  read: (page: { readonly limit: number; readonly after?: string }) => Promise<{
    readonly items: readonly Item[];
    readonly next: string | null;
  }>,
): AsyncGenerator<Part<Item>, void> {
  let after: string | undefined;
  do {
    const page = await read({ limit: Math.min(limit, LONGEST_PAGE), ...(after !== undefined && { after }) });
    after = page.next ?? undefined;
    yield { items: page.items, isLast: after === undefined };
  } while (after !== undefined);
}
