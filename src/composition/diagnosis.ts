import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseHtpasswd } from '../auth/passwords/htpasswd.ts';
import type { Diagnosis, DiagnosedSettings, ReadConfiguration } from '../cli/cli-host.ts';
import { ConfigError, loadConfig, type Config } from '../config.ts';
import { FolderInUseError, lockFolder } from '../storage/filesystem/folder-lock.ts';

/** What `havre doctor` asks of the other parts of the program. */
export const diagnosis: Diagnosis = {
  configuration: async (overrides): Promise<ReadConfiguration> => {
    try {
      const { config, warnings } = loadConfig({ overrides });
      return { problems: [], warnings, settings: settingsOf(config) };
    } catch (error) {
      if (error instanceof ConfigError) return { problems: error.problems, warnings: [] };
      throw error;
    }
  },
  holderOf,
  htpasswd: (text) => {
    const { entries, problems } = parseHtpasswd(text);
    return { users: entries.size, problems };
  },
};

function settingsOf({ data, publicUrl, http, tls, auth }: Config): DiagnosedSettings {
  return {
    data,
    address: http.address,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(http.redirectAddress !== undefined && { redirectAddress: http.redirectAddress }),
    ...(tls.certificate !== undefined && { certificate: tls.certificate }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(auth.htpasswdPath !== undefined && { htpasswdPath: auth.htpasswdPath }),
  };
}

/** The only way to know is to try; a folder that nobody ever used is not touched. */
async function holderOf(folder: string): Promise<string | undefined> {
  try {
    await access(join(folder, 'lock.db'));
    const lock = await lockFolder(folder);
    await lock.release();
    return undefined;
  } catch (error) {
    if (error instanceof FolderInUseError) return error.holder;
    return undefined;
  }
}
