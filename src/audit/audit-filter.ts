import type { RepositoryName } from '../oci/repository-name.ts';
import type { AuditRow } from '../metadata/audit-rows.ts';

/** Which rows somebody wants to see. */
export interface AuditFilter {
  readonly since?: Date | undefined;
  /** Not included. */
  readonly until?: Date | undefined;
  /** `tag.moved`, or `tag.*` for all of a subject. */
  readonly action?: string | undefined;
  readonly outcome?: AuditRow['outcome'] | undefined;
  readonly repository?: RepositoryName | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  /** The name of a user or token, or an id. */
  readonly principal?: string | undefined;
}

/** Whether a row is wanted: for what no index knows. */
export function isWanted(filter: AuditFilter, row: AuditRow): boolean {
  const { since, until, action, outcome, repository, tag, digest, principal } = filter;
  return (
    (since === undefined || row.at >= since.getTime()) &&
    (until === undefined || row.at < until.getTime()) &&
    (action === undefined || isAction(action, row.action)) &&
    (outcome === undefined || row.outcome === outcome) &&
    (repository === undefined || row.repository === repository) &&
    (tag === undefined || row.tag === tag) &&
    (digest === undefined || row.digest === digest) &&
    (principal === undefined || row.principalName === principal || row.principalId === principal)
  );
}

function isAction(wanted: string, action: string): boolean {
  return wanted.endsWith('.*') ? action.startsWith(wanted.slice(0, -1)) : action === wanted;
}
