import { join } from 'node:path';
import { Sealer } from '../../src/audit/sealer.ts';
import { Egress } from '../../src/egress/egress.ts';
import { Secrets } from '../../src/encryption/secrets.ts';
import { Deliverer, type DelivererParts } from '../../src/events/deliverer.ts';
import { Deliveries } from '../../src/events/deliveries.ts';
import { fanOut } from '../../src/events/fan-out.ts';
import { PullEvents } from '../../src/events/pull-events.ts';
import { Webhooks } from '../../src/events/webhooks.ts';
import { appendAudit, type AuditEntry } from '../../src/metadata/audit.ts';
import { systemActor } from '../../src/metadata/actor.ts';
import type { Database } from '../../src/metadata/database.ts';

export const REGISTRY_ID = '2b0a9c1e-7a52-4f0e-9d6e-5f3c1a2b4d60';
export const REGISTRY_URL = 'https://registry.example.org';

export interface EventsOptions {
  readonly db: Database;
  /** Of the key of secrets. */
  readonly folder: string;
  readonly now: () => Date;
  readonly disableAfterDays?: number;
  readonly egress?: DelivererParts['egress'];
  /** Other nodes share the database: the key of secrets must be configured. */
  readonly isShared?: boolean;
}

/** What tells webhooks of events, to receivers of this machine. Nothing is sent before somebody says so. */
export function openTestEvents({ db, folder, now, disableAfterDays = 5, ...options }: EventsOptions) {
  const egress = new Egress({
    purpose: 'webhooks',
    allow: ['127.0.0.0/8'],
    userAgent: 'havre/test',
    resolve: async () => ['127.0.0.1'],
  });
  const secrets = new Secrets({
    key: undefined,
    file: join(folder, 'secrets.key'),
    isShared: options.isShared ?? false,
  });
  const sender = async () => ({ registryId: REGISTRY_ID, node: 'node1', publicUrl: REGISTRY_URL });
  const parts = { db, egress, secrets, sender, now };
  const errors: unknown[] = [];
  const deliverer = new Deliverer({
    ...parts,
    egress: options.egress ?? egress,
    disableAfterDays,
    chance: () => 0,
    onError: (error) => errors.push(error),
  });
  return {
    webhooks: new Webhooks({ ...parts, origin: new URL(REGISTRY_URL).host }),
    deliveries: new Deliveries(parts),
    deliverer,
    pullEvents: new PullEvents({ db, now }),
    errors,
    secrets,
    /** Something happens, and is sealed. */
    happen: async (...entries: readonly AuditEntry[]): Promise<void> => {
      await db.transaction(async (tx) => {
        for (const entry of entries) await appendAudit(tx, systemActor('client'), entry, now());
      });
      await new Sealer({ db, onSealed: async (tx, rows) => void (await fanOut(tx, rows, now())) }).seal();
    },
    /** Sends what is due, and resolves when that is done. */
    deliver: async (signal = new AbortController().signal): Promise<void> => {
      deliverer.start(await deliverer.due(), signal);
      await deliverer.settled();
    },
  };
}
