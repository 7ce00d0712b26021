import { InvalidArgumentError, type Command } from 'commander';
import type { AuditEntry, ChainFinding, ChainReport } from '../api/audit/contract.ts';
import { pastTimeOption } from './past-time.ts';
import { counted, timeInWords } from './wording.ts';

export interface FilterOptions {
  readonly since?: string;
  readonly until?: string;
  readonly action?: string;
  readonly outcome?: AuditEntry['outcome'];
  readonly repository?: string;
  readonly tag?: string;
  readonly principal?: string;
}

export function withFilterOptions(command: Command): Command {
  return command
    .option('--since <time>', "from then on: 2026-11-20, 2026-11-20T10:00:00Z, '2 hours ago'")
    .option('--until <time>', 'before then')
    .option('--action <action>', "such as tag.moved, or 'tag.*'")
    .option('--outcome <outcome>', 'done, refused or failed', parseOutcome)
    .option('--repository <name>', 'about this repository')
    .option('--tag <tag>', 'about this tag')
    .option('--principal <name>', 'by this user or token');
}

function parseOutcome(text: string): AuditEntry['outcome'] {
  if (text === 'done' || text === 'refused' || text === 'failed') return text;
  throw new InvalidArgumentError('It must be done, refused or failed.');
}

/** @throws {UsageError} a time that is none. */
export function filterOf(options: FilterOptions, now: Date): FilterOptions {
  const { action, outcome, repository, tag, principal } = options;
  const since = pastTimeOption('--since', options.since, now);
  const until = pastTimeOption('--until', options.until, now);
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
    ...(repository !== undefined && { repository }),
    ...(tag !== undefined && { tag }),
    ...(principal !== undefined && { principal }),
  };
}

export function entryInWords({ at, action, outcome, principal, source, ...about }: AuditEntry): readonly string[] {
  const { repository, tag, digest, details } = about;
  const name = `${repository ?? ''}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest.slice(0, 19)}`}`;
  return [
    timeInWords(at),
    outcome === 'done' ? action : `${action} (${outcome})`,
    principal.name === '' ? principal.kind : principal.name,
    source ?? '-',
    name === '' ? detailsInWords(details) : name,
  ];
}

/** What is said of deeds that are about no repository. */
function detailsInWords(details: AuditEntry['details']): string {
  const said = Object.values(details ?? {}).filter((value) => typeof value === 'string');
  return said.length === 0 ? '-' : said.join(' ').slice(0, 60);
}

export function chainInWords({
  rows,
  head,
  totalFindings,
  isIntact,
}: Pick<ChainReport, 'rows' | 'head' | 'totalFindings' | 'isIntact'>): string {
  const looked = `${counted(rows, 'row')} looked at.`;
  if (head === null) return `${looked} Nothing is recorded yet.`;
  const verdict = isIntact
    ? 'The chain is intact.'
    : `${counted(totalFindings, 'place')} where the chain is not what it was.`;
  return `${looked} ${verdict}\nHead, to be kept elsewhere and given to --head later: ${head.sequence}:${head.hash}`;
}

export function findingInWords({ sequence, problem }: ChainFinding): string {
  return `row ${sequence}: ${problem}`;
}
