import { z } from 'zod';
import type { RemoteImage, RemoteTag } from '../account.ts';

/** Seconds since the epoch, with a fraction. */
const time = z.number().transform((seconds) => new Date(seconds * 1000));

const loginData = z.object({ authorizationToken: z.string(), expiresAt: time });

/** A list in the private registry, one thing in the public one. */
export const AuthorizationAnswer = z.object({
  authorizationData: z.union([loginData, z.array(loginData).min(1)]).transform((data) => [data].flat()),
});

export const RepositoriesAnswer = z.object({
  repositories: z.array(
    z.object({
      repositoryName: z.string(),
      repositoryUri: z.string().optional(),
      registryId: z.string().optional(),
    }),
  ),
  nextToken: z.string().nullish(),
});

export const ImageDetail = z.object({
  imageDigest: z.string(),
  imageTags: z.array(z.string()).nullish(),
  imageSizeInBytes: z.number().nullish(),
  imagePushedAt: time.nullish(),
  lastRecordedPullTime: time.nullish(),
  imageManifestMediaType: z.string().nullish(),
  artifactMediaType: z.string().nullish(),
  subjectManifestDigest: z.string().nullish(),
  lastArchivedAt: time.nullish(),
  lastActivatedAt: time.nullish(),
});

export const ImagesAnswer = z.object({ imageDetails: z.array(ImageDetail), nextToken: z.string().nullish() });

const imageId = z.object({ imageDigest: z.string().nullish(), imageTag: z.string().nullish() });

export const FailuresAnswer = z.object({
  failures: z
    .array(
      z.object({
        imageId: imageId.nullish(),
        failureCode: z.string().nullish(),
        failureReason: z.string().nullish(),
      }),
    )
    .nullish()
    .transform((failures) => failures ?? []),
});

export const ManifestsAnswer = z.object({
  images: z
    .array(z.object({ imageId: imageId.nullish(), imageManifest: z.string().nullish() }))
    .nullish()
    .transform((images) => images ?? []),
});

/** An answer that only has to be one. */
export const AnyAnswer = z.object({});

type Detail = z.infer<typeof ImageDetail>;

export function imageOf(detail: Detail): RemoteImage {
  const { imageDigest, imageTags, artifactMediaType, subjectManifestDigest } = detail;
  const { lastArchivedAt, lastActivatedAt } = detail;
  return {
    digest: imageDigest,
    tags: imageTags ?? [],
    ...sizeAndDatesOf(detail),
    ...(artifactMediaType && { artifactType: artifactMediaType }),
    subject: subjectManifestDigest || null,
    ...(lastArchivedAt && { archivedAt: lastArchivedAt }),
    ...(lastActivatedAt && { activatedAt: lastActivatedAt }),
  };
}

export function tagsOf(detail: Detail): readonly RemoteTag[] {
  return (detail.imageTags ?? []).map((name) => ({ name, digest: detail.imageDigest, ...sizeAndDatesOf(detail) }));
}

function sizeAndDatesOf(detail: Detail): Pick<RemoteTag, 'mediaType' | 'bytes' | 'pushedAt' | 'pulledAt'> {
  const { imageManifestMediaType, imageSizeInBytes, imagePushedAt, lastRecordedPullTime } = detail;
  return {
    ...(imageManifestMediaType && { mediaType: imageManifestMediaType }),
    ...(typeof imageSizeInBytes === 'number' && { bytes: imageSizeInBytes }),
    ...(imagePushedAt && { pushedAt: imagePushedAt }),
    ...(lastRecordedPullTime && { pulledAt: lastRecordedPullTime }),
  };
}
