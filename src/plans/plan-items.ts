import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { PlanItem } from './plan.ts';
import type { Blocked, Removal, Removed, RemovedTag } from './removal.ts';
import type { ViewedImage } from './repository-view.ts';

/** What goes, in an order in which it can be deleted; then what stays. @param bytes of each manifest with its blobs. */
export function itemsOf(
  repository: RepositoryName,
  { manifests, tags, blocked }: Removal,
  bytes: ReadonlyMap<Digest, number>,
): readonly PlanItem[] {
  return [
    ...tags.map((removed) => tagItem(repository, removed)),
    ...manifests.map((removed) => manifestItem(repository, removed, bytes.get(removed.image.digest) ?? 0)),
    ...blocked.map((one) => blockedItem(repository, one)),
  ];
}

function manifestItem(repository: RepositoryName, removed: Removed, bytes: number): PlanItem {
  const { tags } = removed.image;
  return { action: 'delete', kind: 'manifest', ...described(repository, removed), tags, blockedBy: [], bytes };
}

function tagItem(repository: RepositoryName, removed: RemovedTag): PlanItem {
  return { action: 'delete', kind: 'tag', ...described(repository, removed), tags: [removed.tag], blockedBy: [] };
}

function blockedItem(repository: RepositoryName, blocked: Blocked): PlanItem {
  const { tag, image, blockedBy } = blocked;
  const tags = tag === undefined ? image.tags : [tag];
  const kind = tag === undefined ? 'manifest' : 'tag';
  return { action: 'keep', kind, ...described(repository, blocked), tags, blockedBy };
}

type Described = Omit<PlanItem, 'action' | 'kind' | 'tags' | 'blockedBy' | 'bytes' | 'skipped'>;

function described(
  repository: RepositoryName,
  { image, role, reason, follows }: Pick<Removed, 'image' | 'role' | 'reason' | 'follows'>,
): Described {
  return {
    role,
    repository,
    digest: image.digest,
    reason: reason.text,
    ...(reason.rule !== undefined && { rule: reason.rule }),
    ...(follows !== undefined && { follows }),
    mediaType: image.mediaType,
    ...(image.artifactType !== null && { artifactType: image.artifactType }),
    ...(Number.isFinite(image.pushedAt) && { pushedAt: new Date(image.pushedAt).toISOString() }),
    ...pullOf(image),
  };
}

function pullOf({ pulledAt, pulledBy }: ViewedImage): Pick<PlanItem, 'lastPull'> {
  return pulledAt === null || !Number.isFinite(pulledAt)
    ? {}
    : { lastPull: { at: new Date(pulledAt).toISOString(), by: pulledBy ?? '' } };
}
