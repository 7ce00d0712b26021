import { sql } from 'kysely';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** How much there may be, or is. */
export interface QuotaAmounts {
  readonly bytes: number;
  readonly manifests: number;
  readonly tags: number;
}

export type QuotaKind = keyof QuotaAmounts;

/** `null`: no limit of this kind. */
export type QuotaLimits = Readonly<Record<QuotaKind, number | null>>;

/** A quota, and how much of it is used. */
export interface QuotaRow {
  readonly id: number;
  readonly pattern: string;
  readonly limits: QuotaLimits;
  readonly used: QuotaAmounts;
  /** The highest threshold that was told of and has not been left since, in percent; 0: none. */
  readonly warnedPercent: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly createdBy: string;
}

const COLUMNS = [
  'quotas.id',
  'quotas.pattern',
  'quotas.bytes',
  'quotas.manifests',
  'quotas.tags',
  'quotas.warned_percent as warnedPercent',
  'quotas.created_at as createdAt',
  'quotas.created_by as createdBy',
] as const;

const usedOf = (column: QuotaKind) =>
  sql<number>`(select coalesce(sum(quota_usage.${sql.ref(column)}), 0) from quota_usage where quota_usage.quota_id = quotas.id)`;

const ofRepository = query((db, parameter: Parameter<{ repositoryId: number }>) =>
  db
    .selectFrom('quota_members')
    .innerJoin('quotas', 'quotas.id', 'quota_members.quota_id')
    .select(COLUMNS)
    .select([usedOf('bytes').as('usedBytes'), usedOf('manifests').as('usedManifests'), usedOf('tags').as('usedTags')])
    .where('quota_members.repository_id', '=', parameter('repositoryId'))
    .orderBy('quotas.id'),
);

const listed = query((db, parameter: Parameter<{ after: number; limit: number }>) =>
  db
    .selectFrom('quotas')
    .select(COLUMNS)
    .select([usedOf('bytes').as('usedBytes'), usedOf('manifests').as('usedManifests'), usedOf('tags').as('usedTags')])
    .where('quotas.id', '>', parameter('after'))
    .orderBy('quotas.id')
    .limit(parameter('limit')),
);

const inserted = query((db, parameter: Parameter<NewQuota & { createdAt: number }>) =>
  db
    .insertInto('quotas')
    .values({
      pattern: parameter('pattern'),
      bytes: parameter('bytes'),
      manifests: parameter('manifests'),
      tags: parameter('tags'),
      created_at: parameter('createdAt'),
      created_by: parameter('createdBy'),
    })
    .onConflict((conflict) => conflict.column('pattern').doNothing())
    .returning('id'),
);

const changed = query((db, parameter: Parameter<QuotaLimits & { id: number }>) =>
  db
    .updateTable('quotas')
    .set({ bytes: parameter('bytes'), manifests: parameter('manifests'), tags: parameter('tags') })
    .where('id', '=', parameter('id'))
    .returning('id'),
);

const warned = query((db, parameter: Parameter<{ id: number; percent: number }>) =>
  db
    .updateTable('quotas')
    .set({ warned_percent: parameter('percent') })
    .where('id', '=', parameter('id')),
);

const removed = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('quotas').where('id', '=', parameter('id')).returning('id'),
);

const usageRemoved = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('quota_usage').where('quota_id', '=', parameter('id')),
);

const patterns = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('quotas').select(['id', 'pattern']).orderBy('id'),
);

export interface NewQuota extends QuotaLimits {
  readonly pattern: string;
  readonly createdBy: string;
}

interface Read extends QuotaLimits {
  readonly id: number;
  readonly pattern: string;
  readonly warnedPercent: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly usedBytes: number;
  readonly usedManifests: number;
  readonly usedTags: number;
}

function rowOf(read: Read): QuotaRow {
  const { id, pattern, bytes, manifests, tags, warnedPercent, createdAt, createdBy } = read;
  const used = { bytes: read.usedBytes, manifests: read.usedManifests, tags: read.usedTags };
  return { id, pattern, limits: { bytes, manifests, tags }, used, warnedPercent, createdAt, createdBy };
}

/** The quotas that a repository counts for. */
export async function listQuotasOf(db: Queryable, repositoryId: number): Promise<readonly QuotaRow[]> {
  return (await db.all(ofRepository, { repositoryId })).map(rowOf);
}

/** By number, strictly after `after`. */
export async function listQuotas(db: Queryable, after: number, limit: number): Promise<readonly QuotaRow[]> {
  return (await db.all(listed, { after, limit })).map(rowOf);
}

/** What repositories are compared with. */
export function listQuotaPatterns(
  db: Queryable,
): Promise<readonly { readonly id: number; readonly pattern: string }[]> {
  return db.all(patterns, {});
}

/** @returns its number; `undefined` when the pattern has a quota. */
export async function insertQuota(tx: Transaction, quota: NewQuota, now: Date): Promise<number | undefined> {
  return (await tx.first(inserted, { ...quota, createdAt: now.getTime() }))?.id;
}

/** @returns whether there is one. */
export async function updateQuota(tx: Transaction, id: number, limits: QuotaLimits): Promise<boolean> {
  return (await tx.first(changed, { id, ...limits })) !== undefined;
}

/** Remembers up to which threshold was told. */
export async function saveWarnedPercent(tx: Transaction, id: number, percent: number): Promise<void> {
  await tx.all(warned, { id, percent });
}

/** Its members have to be gone before. @returns whether there was one. */
export async function deleteQuota(tx: Transaction, id: number): Promise<boolean> {
  await tx.all(usageRemoved, { id });
  return (await tx.first(removed, { id })) !== undefined;
}
