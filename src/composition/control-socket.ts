import { rm } from 'node:fs/promises';
import type { AdminApi } from '../api/admin-api.ts';
import { localAdministrator } from '../auth/identity.ts';
import type { Config } from '../config.ts';
import { openListener, type Listener } from '../http/listener.ts';
import type { Logger } from '../telemetry/log.ts';
import { socketOf } from './local-admin.ts';

/** Lets the commands of this machine govern the running server. Who may open the socket file is its administrator. */
export async function openControlSocket(config: Config, api: AdminApi, log: Logger): Promise<Listener> {
  const socket = socketOf(config.data);
  // Left over from a server that was killed: we hold the lock of the folder, so nobody listens there.
  await rm(socket, { force: true });
  const identity = localAdministrator();
  const onError = (error: unknown): void => log.error({ err: error }, 'a request on the control socket failed');
  return openListener({ address: `unix:${socket}`, onError }, (request, connection) =>
    new URL(request.url).pathname === '/livez' ? new Response('ok\n') : api(request, identity, connection),
  );
}
