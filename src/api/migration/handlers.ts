import type { MigrationOptions, MigrationReport } from '../../backup/migration.ts';
import type { MoveProgress } from '../../backup/progress.ts';
import { endpoint, linesEndpoint, type Endpoint } from '../endpoint.ts';
import { requireLocal } from '../local-only.ts';
import type { AdminParts } from '../parts.ts';
import { progressLines, type Telling } from '../progress-lines.ts';
import { migrateRegistry, resumeServing } from './contract.ts';

/** Where to. */
export interface MigrationRequest {
  readonly toDatabase: string | undefined;
  readonly toData: string | undefined;
  readonly toStorage: string | undefined;
}

/** Takes the registry elsewhere. */
export interface Migrations {
  run(
    request: MigrationRequest,
    options: MigrationOptions,
  ): Promise<MigrationReport & { readonly settings: readonly string[] }>;
  /** @returns whether it was read-only. */
  resume(): Promise<boolean>;
}

type Parts = Pick<AdminParts, 'migrations' | 'now' | 'onFailure'>;

const WHY = 'A registry is moved on its own machine: with its passwords for the database and the bucket.';

export function migrationEndpoints(parts: Parts): readonly Endpoint[] {
  const { migrations, now } = parts;
  return [
    linesEndpoint(migrateRegistry, async ({ dryRun, ...to }, { identity, signal }) => {
      requireLocal(identity, WHY);
      const request = { toDatabase: to.toDatabase, toData: to.toData, toStorage: to.toStorage };
      return progressLines(
        async ({ progress }: Telling<MoveProgress, never>) => {
          const { tables, lost, settings, ...report } = await migrations.run(request, {
            dryRun,
            signal,
            now,
            onProgress: progress,
          });
          return { ...report, tables: [...tables], lost: [...lost], settings: [...settings] };
        },
        { ...parts, signal },
      );
    }),
    endpoint(resumeServing, async (_, { identity, record }) => {
      requireLocal(identity, WHY);
      const wasReadOnly = await migrations.resume();
      await record({ action: 'migration.undone', details: { wasReadOnly } });
      return { wasReadOnly };
    }),
  ];
}
