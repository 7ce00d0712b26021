import type { z } from 'zod';
import type { BudgetGauge } from '../../egress/upstream-http.ts';
import { contentsOf, type ImageView, type ViewedDescriptor, type ViewedPlatform } from '../../oci/image-view.ts';
import type { RemoteRepositorySummary, RemoteTag as Tag } from '../../providers/account.ts';
import type { listRemoteTags, RemoteImage, RemoteRepository, RemoteTag } from './contract.ts';

export function repositoryReply(repository: RemoteRepositorySummary): RemoteRepository {
  const { name, tags, bytes, pushedAt, pulledAt, isPublic, description } = repository;
  return {
    name,
    tags: tags ?? null,
    bytes: bytes ?? null,
    pushedAt: textOf(pushedAt),
    pulledAt: textOf(pulledAt),
    isPublic: isPublic ?? null,
    description: description ?? null,
  };
}

export function tagReply(tag: Tag): RemoteTag {
  const { name, digest, mediaType, bytes, pushedAt, pulledAt, platforms, isImmutable } = tag;
  return {
    name,
    digest: digest ?? null,
    mediaType: mediaType ?? null,
    bytes: bytes ?? null,
    pushedAt: textOf(pushedAt),
    pulledAt: textOf(pulledAt),
    platforms:
      platforms?.map((one) => ({
        platform: one.platform,
        digest: one.digest ?? null,
        bytes: one.bytes ?? null,
      })) ?? null,
    isImmutable: isImmutable ?? null,
  };
}

export function imageReply(
  image: ImageView,
  { repository, reference }: { readonly repository: string; readonly reference: string },
): RemoteImage {
  const { isIndex, artifactType, subject, annotations, manifest, platforms } = image;
  return {
    ...blobReply(image),
    repository,
    reference,
    isIndex,
    artifactType: artifactType ?? null,
    subject: subject ?? null,
    bytes: contentsOf(image)
      .values()
      .reduce((sum, size) => sum + size, 0),
    annotations: { ...annotations },
    manifest,
    platforms: platforms.map(platformReply),
  };
}

export function remainingReply(gauge: BudgetGauge | undefined): z.output<(typeof listRemoteTags)['output']>['gauge'] {
  if (gauge === undefined) return null;
  const { upstream, limit, remaining, resetsAt, pausedUntil } = gauge;
  return {
    upstream,
    limit: limit ?? null,
    remaining: remaining ?? null,
    resetsAt: textOf(resetsAt),
    pausedUntil: textOf(pausedUntil),
  };
}

function platformReply(one: ViewedPlatform): RemoteImage['platforms'][number] {
  const { platform, isRead, config, layers, runs, annotations } = one;
  return {
    ...blobReply(one),
    platform: platform ?? null,
    isRead,
    config: config === undefined ? null : blobReply(config),
    layers: layers.map(blobReply),
    runs: runs === undefined ? null : runsReply(runs),
    annotations: { ...annotations },
  };
}

function runsReply(runs: NonNullable<ViewedPlatform['runs']>): NonNullable<RemoteImage['platforms'][number]['runs']> {
  return {
    created: runs.created ?? null,
    architecture: runs.architecture ?? null,
    os: runs.os ?? null,
    user: runs.user ?? null,
    workingDirectory: runs.workingDirectory ?? null,
    entrypoint: [...runs.entrypoint],
    command: [...runs.command],
    exposedPorts: [...runs.exposedPorts],
    labels: { ...runs.labels },
  };
}

function blobReply({ digest, mediaType, size }: ViewedDescriptor): {
  digest: string;
  mediaType: string;
  size: number;
} {
  return { digest, mediaType, size };
}

function textOf(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}
