import type { MoveProgressLine, RestoreReport } from '../api/backup/contract.ts';
import { restoreInWords } from './backup-report.ts';
import { EXIT } from './cli-error.ts';
import { followLines } from './follow-lines.ts';
import type { Invocation } from './invocation.ts';
import { locationOf } from './location-argument.ts';
import { MoveProgressWords } from './move-progress.ts';
import { overridesOf, type LocalOptions } from './where.ts';

export interface RestoreBackupOptions extends LocalOptions {
  readonly snapshot?: string;
  readonly quiet?: true;
  readonly json?: true;
}

/** `havre restore` of a place of backups: fills an empty installation. */
export async function restoreBackup(
  invocation: Invocation,
  source: string,
  options: RestoreBackupOptions,
): Promise<void> {
  const { host } = invocation;
  const request = { source: locationOf(source), snapshot: options.snapshot };
  const words = new MoveProgressWords();
  const lines = host.restore(overridesOf(options), request, host.interruption());
  const report = await followLines<MoveProgressLine, RestoreReport>(lines, {
    output: options.quiet === true ? undefined : host.stderr,
    inWords: (line) => words.of(line),
  });
  if (options.quiet !== true || options.json === true || report.lost.length > 0) {
    invocation.show(options, { json: report, text: restoreInWords(report) });
  }
  if (report.lost.length > 0) invocation.exitCode = EXIT.failure;
}
