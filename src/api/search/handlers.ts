import { searchContent } from '../../registry/content-search.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { search } from './contract.ts';

const MOST_OF_A_KIND = 8;

export function searchEndpoints({
  database,
  connections,
}: Pick<AdminParts, 'database' | 'connections'>): readonly Endpoint[] {
  return [
    endpoint(search, async ({ q }, { identity, signal }) => {
      const text = q.trim();
      const limit = MOST_OF_A_KIND;
      const maySee = (repository: string): boolean => identity.allows('pull', repository);
      const found = await searchContent(database, { text, maySee, limit, signal });
      const projects = (name: string): boolean => identity.allowsInProject('registries:read', name);
      const registries = await connections.list({ projects, search: text }, { after: '', limit });
      return {
        repositories: found.repositories.map((name) => ({ name })),
        tags: [...found.tags],
        digests: [...found.digests],
        registries: registries.map(({ id, name, project, url }) => ({ id, name, project, url })),
      };
    }),
  ];
}
