import type { z } from 'zod';
import type { BudgetGauge } from '../../egress/upstream-http.ts';
import type { RemoteReferrer, RemoteRepositorySummary, RemoteTag as Tag } from '../../providers/account.ts';
import type { listRemoteTags, ReferrerDocument, RemoteRepository, RemoteTag } from './contract.ts';

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

export function referrerReply(referrer: RemoteReferrer): ReferrerDocument {
  const { digest, mediaType, artifactType, bytes, tag, annotations } = referrer;
  return {
    digest,
    mediaType,
    artifactType: artifactType ?? null,
    size: bytes ?? null,
    tag: tag ?? null,
    annotations: { ...annotations },
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

function textOf(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}
