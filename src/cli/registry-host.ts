import type { Invocation } from './invocation.ts';
import { overridesOf, type WhereOptions } from './where.ts';

const DEFAULT_PORT = '5000';

/** `host[:port]` as clients call the registry, as far as can be told: for a line to paste. */
export async function registryHost({ host }: Invocation, options: WhereOptions): Promise<string> {
  const { server, data, config } = options;
  if (server !== undefined) return new URL(server).host;
  if (host.remote !== undefined && data === undefined && config === undefined) return new URL(host.remote.server).host;
  const { settings } = await host.diagnosis.configuration(overridesOf(options));
  if (settings?.publicUrl !== undefined) return new URL(settings.publicUrl).host;
  return `localhost:${/:(\d+)$/.exec(settings?.address ?? '')?.[1] ?? DEFAULT_PORT}`;
}
