import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseHtpasswd } from '../auth/passwords/htpasswd.ts';
import type { AskedDatabase, Diagnosis, DiagnosedSettings, Overrides, ReadConfiguration } from '../cli/cli-host.ts';
import { ConfigError, loadConfig, type Config } from '../config.ts';
import { lookAtServer } from '../metadata/postgres/open.ts';
import { whyUnusable } from '../metadata/postgres/server-facts.ts';
import { targetOf } from '../metadata/postgres/settings.ts';
import { FolderInUseError, lockFolder } from '../storage/filesystem/folder-lock.ts';
import { postgresSettings } from './facts.ts';

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
  database: askDatabase,
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

async function askDatabase(overrides: Overrides): Promise<AskedDatabase | undefined> {
  const { config } = loadConfig({ overrides });
  if (config.database.url === undefined) return undefined;
  const url = config.database.url.reveal();
  const settings = postgresSettings(config, url);
  const { host, port, database, isLocal } = targetOf(url);
  try {
    const facts = await lookAtServer(settings);
    const unusable = whyUnusable(facts);
    return {
      ...facts,
      place: `${host}:${port}/${database}`,
      ...(unusable !== undefined && { unusable }),
      isLocal,
      poolSize: settings.poolSize,
      ourTime: new Date(),
    };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
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
