import { readFile } from 'node:fs/promises';
import { ensureInstallationId } from '../backup/installation-id.ts';
import type { Config } from '../config.ts';
import { Egress } from '../egress/egress.ts';
import type { Secrets } from '../encryption/secrets.ts';
import { Deliverer } from '../events/deliverer.ts';
import { Deliveries } from '../events/deliveries.ts';
import { PullEvents } from '../events/pull-events.ts';
import type { Sender } from '../events/sender.ts';
import { Webhooks } from '../events/webhooks.ts';
import type { Database } from '../metadata/database.ts';
import type { Logger } from '../telemetry/log.ts';
import { VERSION } from './version.ts';

/** Who is told of what happens, and what tells them. */
export interface Events {
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
  readonly deliverer: Deliverer;
  /** Told of pulls. */
  readonly pullEvents: PullEvents;
}

export interface EventsParts {
  readonly db: Database;
  readonly secrets: Secrets;
  /** This process. */
  readonly node: string;
  readonly log: Logger;
  readonly now: () => Date;
}

export async function openEvents(config: Config, { db, secrets, node, log, now }: EventsParts): Promise<Events> {
  const { publicUrl, webhooks: settings } = config;
  const egress = await openEgress(config, 'webhooks');
  let registryId: Promise<string> | undefined;
  const sender = async (): Promise<Sender> => {
    // Not at the start: a database that cannot be written to serves pulls all the same.
    registryId ??= ensureInstallationId(db, now()).catch((error: unknown) => {
      registryId = undefined;
      throw error;
    });
    return { registryId: await registryId, node, publicUrl };
  };
  const parts = { db, egress, secrets, sender, now };
  const origin = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  return {
    webhooks: new Webhooks({ ...parts, origin }),
    deliveries: new Deliveries(parts),
    deliverer: new Deliverer({
      ...parts,
      disableAfterDays: settings.disableAfterDays,
      onError: (error) => log.error({ err: error }, 'events could not be sent; it is tried again'),
    }),
    pullEvents: new PullEvents({ db, now }),
  };
}

/** @param purpose what for: `egress.allow` may let something through for it alone. */
export async function openEgress({ egress }: Config, purpose: string): Promise<Egress> {
  const { allow, authorities } = egress;
  return new Egress({
    purpose,
    allow,
    userAgent: `havre/${VERSION}`,
    ...(authorities !== undefined && { authorities: await readFile(authorities, 'utf8') }),
  });
}
