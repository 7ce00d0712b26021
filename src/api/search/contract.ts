import { z } from 'zod';
import type { Contract } from '../contract.ts';

const repository = z.string();
const digest = z.string();

export const search = {
  method: 'GET',
  path: '/api/v1/search',
  ability: 'see-repositories',
  audience: 'catalog',
  description:
    'Finds at most 8 of each kind, among what you may pull and the registries that you may look at: repositories by a part of their names, of the first 20,000; tags by how they begin, or as `name:tag`; manifests by how their digests begin, of 4 characters at least. Tags and digests are ranges of indexes: of 2000 that begin alike, yours are shown.',
  input: z.strictObject({ q: z.string().min(1).max(300).describe('As people type it.') }),
  output: z.object({
    repositories: z.array(z.object({ name: repository })),
    tags: z.array(z.object({ repository, tag: z.string(), digest })),
    digests: z.array(z.object({ repository, digest, mediaType: z.string() })),
    registries: z.array(z.object({ id: z.string(), name: z.string(), project: z.string(), url: z.string() })),
  }),
} as const satisfies Contract;
