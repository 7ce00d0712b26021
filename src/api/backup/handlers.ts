import type { MoveProgress } from '../../backup/progress.ts';
import { linesEndpoint, type Endpoint } from '../endpoint.ts';
import { requireLocal } from '../local-only.ts';
import type { AdminParts } from '../parts.ts';
import { progressLines, type Telling } from '../progress-lines.ts';
import { makeBackup } from './contract.ts';
import { backupReportOf } from './reports.ts';

type BackupParts = Pick<AdminParts, 'backUp' | 'now' | 'onFailure'>;

export function backupEndpoints(parts: BackupParts): readonly Endpoint[] {
  return [
    linesEndpoint(makeBackup, async ({ target, keep, verify }, { identity, signal }) => {
      requireLocal(
        identity,
        'A backup is asked for on the machine of the server: it writes where the server may write.',
      );
      return progressLines(
        async ({ progress }: Telling<MoveProgress, never>) =>
          backupReportOf(await parts.backUp(target, { keep, verify, signal, onProgress: progress })),
        { ...parts, signal },
      );
    }),
  ];
}
