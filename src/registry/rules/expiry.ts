import { systemActor } from '../../metadata/actor.ts';
import type { Queryable } from '../../metadata/database.ts';
import { listDeletable, listNamingIndexes } from '../../metadata/deletable-manifests.ts';
import { findExpiring, listExpiringChildren, type ExpiringManifest } from '../../metadata/expiring-manifests.ts';
import { findImageDetails } from '../../metadata/image-details.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Tag } from '../../oci/tag.ts';
import { whyPartsStay } from './kept.ts';
import type { RepositoryRules } from './repository-rules.ts';
import { earliestEnd, EXPIRES_AT, statedEnd, type StatedEnd } from './stated-end.ts';

/** A manifest whose end is to be worked out. */
export interface Ending {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly isIndex: boolean;
  /** By its own annotations and labels. */
  readonly stated: StatedEnd;
  /** All that name it. */
  readonly tags: readonly Tag[];
  readonly pushedAt: Date;
}

/**
 * When a manifest ends, in milliseconds since the epoch; `null`: never by itself. The earliest of what it says itself and
 * of what the rules say. An index that says nothing ends with the first of the manifests it names, because from then on it
 * would not be whole; its own word is stronger, and then it keeps what it names.
 */
export async function endOf(db: Queryable, rules: RepositoryRules, ending: Ending): Promise<number | null> {
  const { stated, tags, pushedAt } = ending;
  const isSilent = stated.afterSeconds === undefined && stated.at === undefined;
  const children = isSilent && ending.isIndex ? await listExpiringChildren(db, ending.repositoryId, ending.digest) : [];
  const afterSeconds = rules.expiresAfterSeconds(tags);
  const byRule = afterSeconds === undefined ? {} : { afterSeconds };
  return earliestEnd(pushedAt, [stated, byRule, ...children.map(lifeOf)]);
}

/** Whose end is asked for. */
export interface AskedEnd {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly now: Date;
}

/**
 * Why a manifest goes on though its time is over: a rule protects it or what it belongs to, an index that goes on names
 * it, or the rules, or its tags, say something else by now than when it was pushed. `undefined`: it has ended, and nobody
 * gets it any more.
 */
export async function whyNotExpire(
  db: Queryable,
  rules: RepositoryRules,
  asked: AskedEnd,
): Promise<string | undefined> {
  const manifest = await findExpiring(db, asked.repositoryId, asked.digest);
  if (manifest === undefined) return undefined;
  const { repositoryId, digest, now } = asked;
  const [deletable] = await listDeletable(db, repositoryId, [digest]);
  const tags = deletable?.tags ?? [];
  const pushedAt = new Date(manifest.pushedAt);
  const details = await findImageDetails(db, digest);
  const stated = statedEnd(manifest.annotations, details?.labels);
  const isIndex = manifest.depth > 0;
  const end = await endOf(db, rules, { repositoryId, digest, isIndex, stated, tags, pushedAt });
  if (end === null || end > now.getTime()) return 'by its tags and the rules as they are now, it does not end yet';
  const actor = systemActor('expiry');
  const own = rules.whyNotDelete({ digest, tags, pushedAt, actor, now });
  if (own !== undefined) return own;
  const whole = await whyPartsStay(db, rules, { repositoryId, digests: [digest], actor, now });
  return whole.get(digest) ?? (await whyIndexKeeps(db, rules, asked));
}

/** Indexes within indexes: as many levels as a push may have. */
async function whyIndexKeeps(db: Queryable, rules: RepositoryRules, asked: AskedEnd): Promise<string | undefined> {
  const { repositoryId, digest, now } = asked;
  for (const { index } of await listNamingIndexes(db, repositoryId, [digest])) {
    const manifest = await findExpiring(db, repositoryId, index);
    if (manifest === undefined) continue;
    const isOver = manifest.expiresAt !== null && manifest.expiresAt <= now.getTime();
    const stays = !isOver || (await whyNotExpire(db, rules, { repositoryId, digest: index, now })) !== undefined;
    if (stays) return `index ${index} names it`;
  }
  return undefined;
}

/** From its own push on, or at the moment it names itself. */
function lifeOf({ annotations, pushedAt, expiresAt }: ExpiringManifest): { afterSeconds?: number; at?: Date } {
  if (expiresAt === null) return {};
  const isMoment = annotations?.[EXPIRES_AT] !== undefined;
  return isMoment ? { at: new Date(expiresAt) } : { afterSeconds: (expiresAt - pushedAt) / 1000 };
}
