import { z } from 'zod';
import type { RemoteImage, RemoteTag } from '../account.ts';

const time = z
  .string()
  .transform((text) => new Date(text))
  .refine((date) => !Number.isNaN(date.getTime()))
  .nullish()
  .catch(undefined);

const attributes = z
  .object({ deleteEnabled: z.boolean().nullish(), writeEnabled: z.boolean().nullish() })
  .nullish()
  .catch(undefined);

export const CatalogAnswer = z.object({
  repositories: z
    .array(z.string())
    .nullish()
    .transform((names) => names ?? []),
});

const Tag = z.object({
  name: z.string(),
  digest: z.string().nullish(),
  createdTime: time,
  lastUpdateTime: time,
  changeableAttributes: attributes,
});

export const TagsAnswer = z.object({
  tags: z
    .array(Tag)
    .nullish()
    .transform((tags) => tags ?? []),
});

const Manifest = z.object({
  digest: z.string(),
  imageSize: z.number().nullish(),
  createdTime: time,
  lastUpdateTime: time,
  mediaType: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  changeableAttributes: attributes,
});

export const ManifestsAnswer = z.object({
  manifests: z
    .array(Manifest)
    .nullish()
    .transform((manifests) => manifests ?? []),
});

export const LOCKED = 'It is locked: "az acr repository update --delete-enabled true" lets it be deleted.';

export function tagOf(tag: z.infer<typeof Tag>): RemoteTag {
  return {
    name: tag.name,
    ...(tag.digest && { digest: tag.digest }),
    ...pushed(tag),
    ...(tag.changeableAttributes?.writeEnabled === false && { isImmutable: true }),
  };
}

export function imageOf(manifest: z.infer<typeof Manifest>): RemoteImage {
  const { digest, tags, mediaType, imageSize, changeableAttributes } = manifest;
  return {
    digest,
    tags: tags ?? [],
    ...(mediaType && { mediaType }),
    ...(typeof imageSize === 'number' && { bytes: imageSize }),
    ...pushed(manifest),
    ...(changeableAttributes?.deleteEnabled === false && { lockedBecause: LOCKED }),
  };
}

/** When it was last changed: what is pushed again is as good as new. Azure's own clean-up goes by this, too. */
function pushed({
  createdTime,
  lastUpdateTime,
}: {
  readonly createdTime?: Date | null | undefined;
  readonly lastUpdateTime?: Date | null | undefined;
}): { pushedAt?: Date } {
  const pushedAt = lastUpdateTime ?? createdTime;
  return pushedAt ? { pushedAt } : {};
}
