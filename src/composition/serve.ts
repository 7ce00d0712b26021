import type { Config, LoadedConfig } from '../config.ts';
import type { GeneratedAdministrator } from '../auth/accounts/configured-administrator.ts';
import type { Listener } from '../http/listener.ts';
import { startSealing } from '../audit/sealing.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { adminApiOf } from './admin.ts';
import { openControlSocket } from './control-socket.ts';
import { createEntry } from './entry.ts';
import { startEventWork } from './event-work.ts';
import { firstStartText } from './first-start.ts';
import { imagesOfDistribution } from './images-of-distribution.ts';
import { openInstallation, type Installation } from './installation.ts';
import { startMaintenance } from './maintenance.ts';
import { createObservation } from './observation.ts';
import { openPublicListeners } from './public-listeners.ts';
import { healthOf } from './readiness.ts';
import { recordStart } from './recorded-start.ts';
import { untilToldToStop } from './signals.ts';

/** Reads the configuration again: for what can change while serving. */
export type Reload = () => LoadedConfig;

/**
 * Runs the registry until SIGTERM or SIGINT, and lets running requests finish.
 *
 * @throws {FolderInUseError} another process has the data folder.
 * @throws {ListenError} an address cannot be listened on.
 */
export async function serve(loaded: LoadedConfig, reload: Reload): Promise<void> {
  const { config, warnings } = loaded;
  const log = createLogger({ level: config.log.level, pretty: isPretty(config) });
  try {
    for (const warning of [...warnings, imagesOfDistribution(config.data)]) {
      if (warning !== undefined) log.warn({}, warning);
    }
    const now = (): Date => new Date();
    const installation = await openInstallation(config, log, now);
    try {
      await serveInstallation({ loaded, reload, log, installation, now });
    } finally {
      await installation.close();
    }
    log.info({}, 'stopped');
  } finally {
    await log.close();
  }
}

interface Serving {
  readonly loaded: LoadedConfig;
  readonly reload: Reload;
  readonly log: Logger;
  readonly installation: Installation;
  readonly now: () => Date;
}

async function serveInstallation({ loaded, reload, log, installation, now }: Serving): Promise<void> {
  const { config } = loaded;
  const api = adminApiOf(config, installation, log, now);
  const observation = createObservation(config, installation.content, log);
  const health = healthOf(installation);
  const entry = createEntry({ config, installation, api, observation, health });
  const control = await openControlSocket(config, api, log);
  const listeners = await openPublicListeners(config, entry, log);
  const listener = listeners.registry;
  // Only now: its password is shown once, and a start that fails before here would have shown it to nobody.
  // One that has moved away is read-only, and had an administrator when it was not.
  const { isClosed } = installation.content.gate;
  const made = isClosed ? undefined : await installation.auth.ensureAdministrator(configuredNames(loaded));
  // A database that is read-only just now can still be served from.
  await recordStart(config, installation.content, now()).catch((error: unknown) => {
    log.warn({ err: error }, 'the start could not be recorded');
  });
  const maintenance = config.role === 'registry' ? undefined : startMaintenance(config, installation.content, log);
  const sealing = config.role === 'registry' ? undefined : startSealing({ ...installation.content, log });
  const telling = startEventWork(config, installation.content, log);
  health.markStarted();
  announce(config, { listener, node: installation.content.leases.node, made }, log);

  const signal = await untilToldToStop({
    reload: () => void reloadAll(reload, installation, listener, log),
    hurry: () => process.exit(1),
  });
  health.markStopping();
  const { leaveSeconds, drainSeconds } = config.http;
  log.info({ signal, running: listener.pendingRequests, leaveSeconds, drainSeconds }, 'stopping');
  await Bun.sleep(leaveSeconds * 1000);
  const cut = await listeners.stop(drainSeconds);
  if (cut > 0) log.warn({ cut }, 'requests were still running and were cut');
  await maintenance?.stop();
  await sealing?.stop();
  await telling.stop();
  await control.stop(0);
}

/** The name counts only with a password, or when somebody wrote it: then its absence is worth a sentence. */
function configuredNames({ config, origins }: LoadedConfig): { username?: string; password?: string } {
  const { username, password } = config.auth;
  const isNamed = password !== undefined || origins.get('auth.username') !== 'default';
  return { ...(isNamed && { username }), ...(password !== undefined && { password: password.reveal() }) };
}

interface Started {
  readonly listener: Listener;
  readonly node: string;
  readonly made: GeneratedAdministrator | undefined;
}

function announce(config: Config, { listener, node, made }: Started, log: Logger): void {
  const { data, role, tls } = config;
  log.info({ url: listener.url, data, role, node }, 'serving');
  if (made === undefined) return;
  const host = `localhost:${listener.port ?? 5000}`;
  const isShown = config.console.enabled && role !== 'worker';
  const consoleUrl = isShown ? `${tls.certificate === undefined ? 'http' : 'https'}://${host}/` : undefined;
  process.stdout.write(firstStartText(made, { host, consoleUrl }));
}

/** What can change while serving: the htpasswd file, certificates, the level of the log. The rest needs a restart. */
async function reloadAll(reload: Reload, { auth }: Installation, listener: Listener, log: Logger): Promise<void> {
  try {
    const { config } = reload();
    log.setLevel(config.log.level);
    await auth.reload();
    await listener.reload();
    log.info({}, 'reloaded');
  } catch (error) {
    log.error({ err: error }, 'the configuration was not reloaded; the old one stays');
  }
}

function isPretty(config: Config): boolean {
  return config.log.format === 'pretty' || (config.log.format === 'auto' && process.stdout.isTTY);
}
