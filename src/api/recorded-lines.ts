import type { AuditEntry } from '../metadata/audit.ts';
import { StorageUnavailableError } from '../oci/errors.ts';

export interface RecordedWork {
  /** What the work is: `backup` is recorded as `backup.started` and `backup.ended`. */
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly record: (entry: AuditEntry) => Promise<void>;
}

/**
 * The same lines, with the beginning and the end of the work in the audit. The end is there before whoever asked is told
 * of it; work whose client went away, or which failed, has `failed`.
 */
export async function* recordedLines<Line>(
  lines: AsyncGenerator<Line, void>,
  { subject, details, record }: RecordedWork,
): AsyncGenerator<Line, void> {
  let isEnded = false;
  const end = async (outcome: 'done' | 'failed', more: Readonly<Record<string, unknown>>): Promise<void> => {
    isEnded = true;
    await tolerant(record({ action: `${subject}.ended`, outcome, details: { ...details, ...more } }));
  };
  try {
    await tolerant(record({ action: `${subject}.started`, details }));
    for await (const line of lines) {
      const last = lastLine(line);
      if (last !== undefined) await end(last.outcome, last.details);
      yield line;
    }
  } finally {
    await lines.return();
    if (!isEnded) await end('failed', { stopped: true });
  }
}

/** A registry that has moved away is read-only: it can be verified and exported, and nothing can be recorded of it. */
async function tolerant(recording: Promise<void>): Promise<void> {
  try {
    await recording;
  } catch (error) {
    if (!(error instanceof StorageUnavailableError)) throw error;
  }
}

interface LastLine {
  readonly outcome: 'done' | 'failed';
  readonly details: Readonly<Record<string, unknown>>;
}

function lastLine(line: unknown): LastLine | undefined {
  if (typeof line !== 'object' || line === null || !('event' in line)) return undefined;
  if (line.event === 'done') return { outcome: 'done', details: 'report' in line ? numbersOf(line.report) : {} };
  return line.event === 'failed' ? { outcome: 'failed', details: {} } : undefined;
}

/** Of a report, what is short: numbers, and yes or no. */
function numbersOf(report: unknown): Readonly<Record<string, unknown>> {
  if (typeof report !== 'object' || report === null) return {};
  return Object.fromEntries(Object.entries(report).filter(([, value]) => /^(?:number|boolean)$/.test(typeof value)));
}
