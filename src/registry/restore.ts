import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import { recordTagChange } from '../metadata/tag-moves.ts';
import {
  holdsAnything,
  listAdditions,
  placeTrashedTag,
  renewUnkept,
  restoreManifests,
} from '../metadata/trash-restore.ts';
import type { TrashedTag } from '../metadata/trash-search.ts';
import { deleteTrash } from '../metadata/trash.ts';
import type { Digest } from '../oci/digest.ts';
import { checkQuotas, type Addition } from './quotas.ts';
import { Selection, type Destination, type KeptTag, type MissingManifest, type Wanted } from './restore-selection.ts';

/** What came back. */
export interface Restored {
  readonly manifests: readonly Digest[];
  readonly tags: readonly TrashedTag[];
  readonly kept: readonly KeptTag[];
  readonly missing: readonly MissingManifest[];
}

/** Where things are restored to, and by whom. */
export interface RestoreScene extends Destination {
  readonly actor: Actor;
}

/**
 * Brings an entry of tags and manifests back, or a part of it. A part is what was asked for with all that belongs to it:
 * children of an index, what refers to it, and the tags of its signatures. What it needs from other entries comes too.
 *
 * An entry goes when nothing is left of it; a tag that could not be restored stays in it.
 *
 * @throws {QuotaExceededError}
 */
export async function restoreEntry(scene: RestoreScene, trashId: number, wanted: Wanted): Promise<Restored> {
  const selection = new Selection(scene);
  await selection.select(trashId, wanted);
  const { manifests, tags, kept, missing } = selection;
  await checkQuotas(scene.tx, scene.repositoryId, () => measure(scene, selection), scene);
  for (const [id, digests] of manifests) await bringBack(scene, id, [...digests]);
  const placed: TrashedTag[] = [];
  for (const [id, some] of tags) {
    for (const one of some) if (await placeTag(scene, id, one)) placed.push(one);
  }
  const digests = [...manifests.values()].flatMap((some) => [...some]);
  await renewUnkept(scene.tx, scene.repositoryId, { digests, now: scene.now });
  for (const id of selection.touched) if (!(await holdsAnything(scene.tx, id))) await deleteTrash(scene.tx, id);
  return { manifests: digests, tags: placed, kept, missing };
}

async function measure({ tx, repositoryId }: RestoreScene, { manifests, tags }: Selection): Promise<Addition> {
  const sizes = new Map<Digest, number>();
  let count = 0;
  for (const [trashId, digests] of manifests) {
    const added = await listAdditions(tx, { trashId, repositoryId }, [...digests]);
    for (const { digest, size } of [...added.manifests, ...added.blobs]) sizes.set(digest, size);
    count += added.manifests.length;
  }
  return {
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    manifests: count,
    tags: [...tags.values()].reduce((sum, some) => sum + some.length, 0),
  };
}

async function bringBack(scene: RestoreScene, trashId: number, digests: readonly Digest[]): Promise<void> {
  const { tx, repository, repositoryId, actor, now } = scene;
  await restoreManifests(tx, { trashId, repositoryId }, { digests, now });
  for (const digest of digests) {
    const details = { trash: trashId };
    await appendAudit(tx, actor, { action: 'manifest.restored', repository, digest, details }, now);
  }
}

async function placeTag(scene: RestoreScene, trashId: number, { tag, digest }: TrashedTag): Promise<boolean> {
  const { tx, repository, repositoryId, actor, now } = scene;
  if (!(await placeTrashedTag(tx, { trashId, repositoryId }, tag, now))) return false;
  await recordTagChange(tx, { repositoryId, tag, from: null, to: digest }, actor, now);
  const details = { trash: trashId };
  await appendAudit(tx, actor, { action: 'tag.restored', repository, tag, digest, details }, now);
  return true;
}
