import type { QuotaLimits, QuotaRow } from '../../metadata/quotas.ts';
import { QuotaBook, QuotaTakenError, TooManyQuotasError } from '../../registry/quota-book.ts';
import { KINDS } from '../../registry/quotas.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { parseByteSize } from '../../oci/byte-size.ts';
import { addQuota, changeQuota, listQuotas, removeQuota, type Quota, type QuotaLimit } from './contract.ts';

export function quotaEndpoints({ database, now }: Pick<AdminParts, 'database' | 'now'>): readonly Endpoint[] {
  const book = new QuotaBook({ db: database, now });
  return [
    endpoint(listQuotas, async ({ after, limit }) => {
      const found = await book.list(positionOf(after), limit + 1);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return { quotas: shown.map(documentOf), next: found.length > limit && last ? String(last.id) : null };
    }),
    endpoint(addQuota, async ({ pattern, ...limits }, { actor }) => {
      const nothing = { bytes: null, manifests: null, tags: null };
      const made = await book.add({ pattern, ...nothing, ...limitsOf(limits) }, actor).catch(asRefusal);
      return { quota: documentOf(made) };
    }),
    endpoint(changeQuota, async ({ id, ...limits }, { actor }) => {
      return { quota: documentOf(await book.change(id, limitsOf(limits), actor), id) };
    }),
    endpoint(removeQuota, async ({ id }, { actor }) => ({ quota: documentOf(await book.remove(id, actor), id) })),
  ];
}

function positionOf(after: string | undefined): number {
  const id = Number(after ?? 0);
  if (!Number.isSafeInteger(id)) throw new ProblemError(400, 'INPUT_INVALID', 'after: it is no `next` of a page.');
  return id;
}

function limitsOf({ bytes, manifests, tags }: QuotaLimit): Partial<QuotaLimits> {
  const size = typeof bytes === 'string' ? parseByteSize(bytes) : bytes;
  if (size === undefined && bytes !== undefined) {
    throw new ProblemError(400, 'INPUT_INVALID', `bytes: ${bytes} is no size.`);
  }
  return {
    ...(size !== undefined && { bytes: size }),
    ...(manifests !== undefined && { manifests }),
    ...(tags !== undefined && { tags }),
  };
}

/** @throws {ProblemError} there is none. */
function documentOf(row: QuotaRow | undefined, id = row?.id): Quota {
  if (row === undefined) throw new ProblemError(404, 'QUOTA_UNKNOWN', `There is no quota ${id}.`);
  const { pattern, limits, used, createdAt, createdBy } = row;
  const parts = KINDS.map((kind) => percentOf(used[kind], limits[kind]));
  const percent = Math.round(Math.max(...parts) * 10) / 10;
  return { id: row.id, pattern, limits, used, percent, createdAt: new Date(createdAt).toISOString(), createdBy };
}

function percentOf(used: number, limit: number | null): number {
  if (limit === null) return 0;
  return limit === 0 ? 100 : (used / limit) * 100;
}

function asRefusal(error: unknown): never {
  if (error instanceof QuotaTakenError) throw new ProblemError(409, 'QUOTA_TAKEN', error.message);
  if (error instanceof TooManyQuotasError) throw new ProblemError(409, 'QUOTAS_TOO_MANY', error.message);
  throw error;
}
