import type { z } from 'zod';
import type { AuditFilter } from '../../audit/audit-filter.ts';
import { detailsOf, lineOf } from '../../audit/audit-line.ts';
import { readAuditPage, readChain } from '../../audit/read-audit.ts';
import { verifyChain } from '../../audit/verify-chain.ts';
import type { AuditPlace, FoundAuditRow } from '../../metadata/audit-search.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { endpoint, linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { progressLines } from '../progress-lines.ts';
import { exportAudit, listAudit, verifyAudit, type AuditEntry, type ChainReport } from './contract.ts';

type AuditParts = Pick<AdminParts, 'database' | 'sealer' | 'now' | 'onFailure'>;

export function auditEndpoints(parts: AuditParts): readonly Endpoint[] {
  const { database } = parts;
  return [
    endpoint(listAudit, async ({ limit, after, ...filter }) => {
      const before = after === undefined ? undefined : placeOf(after);
      const page = await readAuditPage(database, filterOf(filter), { limit, before });
      return { entries: page.rows.map(entryOf), next: page.next === undefined ? null : cursorOf(page.next) };
    }),
    linesEndpoint(exportAudit, async (filter, { signal }) => {
      const wanted = filterOf(filter);
      await sealNow(parts);
      return linesOf(parts, wanted, signal);
    }),
    linesEndpoint(verifyAudit, async ({ head }, { signal }) => {
      await sealNow(parts);
      return progressLines<{ rows: number }, never, ChainReport>(
        async ({ progress }) => {
          const { findings, ...report } = await verifyChain(database, {
            kept: head,
            signal,
            onRows: (rows) => progress({ rows }),
          });
          return { ...report, isIntact: report.totalFindings === 0, findings: [...findings] };
        },
        { ...parts, signal },
      );
    }),
  ];
}

/** What was done a moment ago belongs to it. A database that takes nothing just now can still be read. */
async function sealNow({ sealer }: AuditParts): Promise<void> {
  await sealer.seal().catch(() => undefined);
}

async function* linesOf(
  { database }: AuditParts,
  filter: AuditFilter,
  signal: AbortSignal,
): AsyncGenerator<z.input<typeof exportAudit.output>, void> {
  for await (const rows of readChain(database, filter, signal)) {
    for (const row of rows) {
      const line = lineOf(row, row);
      yield { ...line, details: line.details === null ? null : { ...line.details } };
    }
  }
}

function filterOf({
  since,
  until,
  repository,
  ...rest
}: Omit<z.output<typeof exportAudit.input>, 'limit' | 'after'>): AuditFilter {
  return {
    ...rest,
    ...(since !== undefined && { since: new Date(since) }),
    ...(until !== undefined && { until: new Date(until) }),
    ...(repository !== undefined && { repository: parseRepositoryName(repository) }),
  };
}

function entryOf(row: FoundAuditRow): AuditEntry {
  const { sequence, previousHash, hash } = row;
  return {
    sequence,
    at: new Date(row.at).toISOString(),
    action: row.action,
    outcome: row.outcome,
    principal: { id: row.principalId, kind: row.principalKind, name: row.principalName },
    source: row.source,
    client: row.client,
    requestId: row.requestId,
    repository: row.repository,
    digest: row.digest,
    tag: row.tag,
    details: detailsOf(row),
    previousHash,
    hash,
  };
}

function cursorOf({ at, id }: AuditPlace): string {
  return `${at}-${id}`;
}

function placeOf(cursor: string): AuditPlace {
  const [, at, id] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined) {
    throw new ProblemError(400, 'INPUT_INVALID', 'after: take it from `next` of the page before.');
  }
  return { at: Number(at), id: Number(id) };
}
