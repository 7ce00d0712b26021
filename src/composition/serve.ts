import { join } from 'node:path';
import type { LoadedConfig } from '../config.ts';
import { openListener } from '../http/listener.ts';
import { createLogger } from '../telemetry/log.ts';
import { createEntry } from './entry.ts';
import { firstStartText } from './first-start.ts';
import { openInstallation } from './installation.ts';
import { startMaintenance } from './maintenance.ts';

/** Runs the registry until SIGTERM or SIGINT. @returns the exit code. */
export async function serve({ config, warnings }: LoadedConfig): Promise<number> {
  const log = createLogger({ level: config.log.level, pretty: false });
  for (const warning of warnings) log.warn({}, warning);
  const now = (): Date => new Date();
  const installation = await openInstallation(config, log, now);
  const { content, auth } = installation;
  const made = await auth.ensureAdministrator({
    ...(config.auth.password !== undefined && {
      username: config.auth.username,
      password: config.auth.password.reveal(),
    }),
  });
  let isReady = true;
  const entry = createEntry({
    config,
    content,
    auth,
    isReady: () => isReady,
    observe: (request, response, exchange, seconds) =>
      log.info(
        {
          method: request.method,
          url: request.url,
          status: response.status,
          endpoint: exchange.endpoint,
          seconds,
          err: exchange.failure,
        },
        'request',
      ),
  });
  const listener = await openListener(
    {
      address: config.http.address,
      trustedProxies: config.http.trustedProxies,
      idleTimeoutSeconds: config.http.bodyIdleSeconds,
      onError: (error) => log.error({ err: error }, 'a request failed'),
    },
    entry,
  );
  const maintenance = startMaintenance(config, content, log);
  log.info({ url: listener.url, data: config.data }, 'serving');
  if (made !== undefined) process.stdout.write(firstStartText(made, `localhost:${listener.port}`));
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  isReady = false;
  await listener.stop(config.http.drainSeconds);
  await maintenance.stop();
  await installation.close();
  return 0;
}
void join;
