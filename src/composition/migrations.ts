import { isAbsolute } from 'node:path';
import { BackupError } from '../backup/backup-error.ts';
import { migrate, type MigrationTarget } from '../backup/migration.ts';
import { removeMovedOut } from '../backup/moving-mark.ts';
import { TransientNotes } from '../backup/transient-notes.ts';
import type { MigrationRequest, Migrations } from '../api/migration/handlers.ts';
import type { Config } from '../config.ts';
import { Secret } from '../config/secret.ts';
import { storageLocation } from '../config/storage-location.ts';
import { openSqlite } from '../metadata/sqlite/open.ts';
import type { Logger } from '../telemetry/log.ts';
import { openBytes } from './bytes.ts';
import { lockFolders, type Content } from './content.ts';
import { databaseOf, openPostgresFacts } from './facts.ts';
import { saidAsMoveError } from './moves.ts';

/** Takes one installation to another database, another store, or both. */
export function migrationsOf(config: Config, content: Content, log: Logger): Migrations {
  const { ungated, gate, store, leases } = content;
  return {
    run: async (request, options) => {
      await using open = new AsyncDisposableStack();
      try {
        const target = await openTarget(config, request, { log, open, store });
        const source = { db: ungated, store, gate, leases };
        const report = await migrate(source, target, options);
        return { ...report, settings: settingsOf(request) };
      } catch (error) {
        throw saidAsMoveError(error);
      }
    },
    resume: async () => {
      const wasReadOnly = gate.isClosed;
      await removeMovedOut(ungated);
      gate.open();
      return wasReadOnly;
    },
  };
}

interface Opening extends Pick<Content, 'store'> {
  readonly log: Logger;
  readonly open: AsyncDisposableStack;
}

async function openTarget(
  config: Config,
  request: MigrationRequest,
  { log, open, store }: Opening,
): Promise<MigrationTarget> {
  const wanted = wantedOf(config, request);
  if (request.toData !== undefined) {
    for (const lock of await lockFolders(wanted)) open.defer(() => lock.release());
  }
  const { url } = wanted.database;
  const db =
    url === undefined ? await openSqlite(databaseOf(wanted.data)) : await openPostgresFacts(wanted, url.reveal());
  open.defer(() => db.close());
  if (isSameStore(config, wanted)) return { db, store, keepsBytes: true };
  const bytes = await openBytes(wanted, { notes: new TransientNotes(), log });
  open.defer(() => bytes.close());
  return { db, store: bytes, keepsBytes: false };
}

/** The configuration of who starts from there. */
function wantedOf(config: Config, { toDatabase, toData, toStorage }: MigrationRequest): Config {
  if ((toDatabase === undefined) === (toData === undefined)) {
    throw new BackupError(
      'TARGET_INVALID',
      'Name where the facts go: --to-database postgres://…, or --to-data with an empty folder for a SQLite of its own.',
    );
  }
  if (toDatabase !== undefined && !(/^postgres(?:ql)?:\/\/./.test(toDatabase) && URL.canParse(toDatabase))) {
    throw new BackupError('TARGET_INVALID', 'A database is postgres://user:password@host:5432/name.');
  }
  if (toData !== undefined && !isAbsolute(toData)) {
    throw new BackupError('TARGET_INVALID', `${toData} must be an absolute path, on the machine of the server.`);
  }
  const storage =
    toStorage === undefined ? storageBeside(config, toData) : storageLocation.read(toStorage, config.data);
  if (toStorage !== undefined && storage === undefined) {
    throw new BackupError(
      'TARGET_INVALID',
      // Not as it was typed: there may be a password in it.
      `The storage is to be ${storageLocation.expects}. ${storageLocation.hint?.(toStorage) ?? ''}`.trimEnd(),
    );
  }
  const url = toDatabase === undefined ? undefined : new Secret(toDatabase);
  return { ...config, data: toData ?? config.data, storage, database: { ...config.database, url } };
}

/** Bytes stay where they are, unless the whole data folder is another one. */
function storageBeside({ storage }: Config, toData: string | undefined): Config['storage'] {
  return toData === undefined ? storage : undefined;
}

function isSameStore(from: Config, to: Config): boolean {
  const where = ({ storage, data }: Config): string => JSON.stringify(storage ?? { kind: 'folder', path: data });
  return where(from) === where(to);
}

function settingsOf({ toDatabase, toData, toStorage }: MigrationRequest): readonly string[] {
  return [
    ...(toDatabase === undefined ? [] : [`HAVRE_DATABASE_URL=${withoutPassword(toDatabase)}`]),
    ...(toData === undefined ? [] : [`HAVRE_DATA=${toData}`]),
    ...(toStorage === undefined ? [] : [`HAVRE_STORAGE=${toStorage}`]),
  ];
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  return url.href;
}
