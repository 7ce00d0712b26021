import { z } from 'zod';
import type { RemoteImage, RemoteTag } from '../account.ts';

const time = z
  .string()
  .transform((text) => new Date(text))
  .refine((date) => !Number.isNaN(date.getTime()))
  .optional()
  .catch(undefined);

function listOf<Item>(item: z.ZodType<Item>) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

const Repository = z.object({
  name: z.string(),
  format: z.string().optional(),
  mode: z.string().optional(),
  dockerConfig: z.object({ immutableTags: z.boolean().optional() }).optional(),
});

export type GoogleRepository = z.infer<typeof Repository>;

export const RepositoryAnswer = Repository;

export const RepositoriesAnswer = z.object({
  repositories: listOf(Repository),
  nextPageToken: z.string().optional(),
});

export const PackagesAnswer = z.object({
  packages: listOf(z.object({ name: z.string(), updateTime: time })),
  nextPageToken: z.string().optional(),
});

const Version = z.object({
  name: z.string(),
  createTime: time,
  updateTime: time,
  relatedTags: listOf(z.object({ name: z.string() })),
  metadata: z
    .object({
      imageSizeBytes: z.union([z.string(), z.number()]).optional(),
      mediaType: z.string().optional(),
      artifactType: z.string().optional(),
    })
    .optional()
    .catch(undefined),
});

export type GoogleVersion = z.infer<typeof Version>;

export const VersionsAnswer = z.object({ versions: listOf(Version), nextPageToken: z.string().optional() });

export const TagsAnswer = z.object({
  tags: listOf(z.object({ name: z.string() })),
  nextPageToken: z.string().optional(),
});

export const PermissionsAnswer = z.object({ permissions: listOf(z.string()) });

export const OperationAnswer = z.object({
  name: z.string().optional(),
  done: z.boolean().optional(),
  error: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
  metadata: z.object({ failedVersions: listOf(z.string()) }).optional(),
});

export type GoogleOperation = z.infer<typeof OperationAnswer>;

/** The last part of a name of the API: `projects/p/…/packages/team%2Fapp` is `team/app`. */
export function lastPartOf(name: string): string {
  const part = name.slice(name.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function imageOf(version: GoogleVersion, tags: readonly string[], areTagsImmutable: boolean): RemoteImage {
  const artifactType = version.metadata?.artifactType ?? '';
  return {
    digest: lastPartOf(version.name),
    tags,
    ...factsOf(version),
    ...(artifactType !== '' && { artifactType }),
    ...(areTagsImmutable && tags.length > 0 && { lockedBecause: IMMUTABLE }),
  };
}

const IMMUTABLE = 'Its repository has immutable tags: neither they nor what they name can be deleted.';

export function tagsOf(version: GoogleVersion, tags: readonly string[], areImmutable: boolean): readonly RemoteTag[] {
  const digest = lastPartOf(version.name);
  const facts = factsOf(version);
  return tags.map((name) => ({ name, digest, ...facts, ...(areImmutable && { isImmutable: true }) }));
}

/** A version is made when it is pushed; what is done to its tags changes it later. */
function factsOf({ createTime, metadata }: GoogleVersion): Pick<RemoteTag, 'mediaType' | 'bytes' | 'pushedAt'> {
  const bytes = Number(metadata?.imageSizeBytes ?? Number.NaN);
  return {
    ...(metadata?.mediaType !== undefined && metadata.mediaType !== '' && { mediaType: metadata.mediaType }),
    ...(Number.isFinite(bytes) && { bytes }),
    ...(createTime !== undefined && { pushedAt: createTime }),
  };
}
