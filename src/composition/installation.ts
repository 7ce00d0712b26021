import type { Config } from '../config.ts';
import type { Auth } from '../auth/open.ts';
import type { Logger } from '../telemetry/log.ts';
import { openAccess } from './access.ts';
import { openContent, type Content } from './content.ts';

/** Everything that is kept in one data folder, opened by the process that owns it. */
export interface Installation {
  readonly content: Content;
  readonly auth: Auth;
  close(): Promise<void>;
}

/** @throws {FolderInUseError} another process has the folder. */
export async function openInstallation(config: Config, log: Logger, now: () => Date): Promise<Installation> {
  const content = await openContent(config, now);
  try {
    const auth = await openAccess(config, content.db, log, now);
    return {
      content,
      auth,
      close: async () => {
        await auth.close();
        await content.close();
      },
    };
  } catch (error) {
    await content.close();
    throw error;
  }
}
