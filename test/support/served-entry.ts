import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { adminApiOf } from '../../src/composition/admin.ts';
import { createEntry } from '../../src/composition/entry.ts';
import { openInstallation, type Installation } from '../../src/composition/installation.ts';
import { createObservation } from '../../src/composition/observation.ts';
import { openPublicListeners } from '../../src/composition/public-listeners.ts';
import { Health } from '../../src/telemetry/health.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { selfSignedCertificate } from './docker-registry.ts';
import { removeFolder, temporaryFolder } from './folders.ts';

export interface ServedEntryOptions {
  /** Settings besides the data folder and the address. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default `http`. */
  readonly scheme?: 'http' | 'https';
}

/** All that the public listener answers, in this process, with a clock that stands still until it is moved. */
export interface ServedEntry {
  readonly url: string;
  readonly installation: Installation;
  readonly clock: { now: Date };
  /** The log, as text. */
  logs(): string;
  /** A request as it is: no cookies are kept, no redirects followed, and certificates are believed. */
  send(path: string, init?: RequestInit): Promise<Response>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function serveEntry(options: ServedEntryOptions = {}): Promise<ServedEntry> {
  const folder = temporaryFolder('entry');
  const isTls = options.scheme === 'https';
  const config = loadConfig({
    cwd: folder,
    env: {
      HAVRE_DATA: join(folder, 'data'),
      HAVRE_HTTP_ADDRESS: '127.0.0.1:0',
      ...(isTls && (await certificateIn(folder))),
      ...options.env,
    },
  }).config;
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const now = (): Date => clock.now;
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line), close: async () => undefined };
  const log = createLogger({ level: 'debug', pretty: false, sink });
  const installation = await openInstallation(config, log, now);
  const api = adminApiOf(config, installation, log, now);
  const observation = createObservation(config, installation.content, log);
  const entry = createEntry({ config, installation, api, observation, health: new Health() });
  const listeners = await openPublicListeners(config, entry, log);
  const { url } = listeners.registry;
  return {
    url,
    installation,
    clock,
    logs: () => lines.join(''),
    send: (path, init = {}) => fetch(url + path, { redirect: 'manual', tls: { rejectUnauthorized: false }, ...init }),
    [Symbol.asyncDispose]: async () => {
      await listeners.stop(0);
      await installation.close();
      removeFolder(folder);
    },
  };
}

async function certificateIn(folder: string): Promise<Record<string, string>> {
  const { certificate, key } = await selfSignedCertificate(['IP:127.0.0.1']);
  const [certificatePath, keyPath] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  await Bun.write(certificatePath, certificate);
  await Bun.write(keyPath, key);
  return { HAVRE_TLS_CERTIFICATE: certificatePath, HAVRE_TLS_KEY: keyPath };
}
