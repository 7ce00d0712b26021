import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { systemActor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Content } from './content.ts';
import { VERSION } from './version.ts';

/**
 * Writes down that a node started, and whether with the configuration of its last start: a digest tells that, and nothing
 * of what is configured. A registry that has moved away takes no note.
 */
export async function recordStart(config: Config, { db, gate, leases }: Content, now: Date): Promise<void> {
  if (gate.isClosed) return;
  // Secrets write themselves as such, so that the digest is no way to guess them.
  const configuration = createHash('sha256').update(JSON.stringify(config)).digest('hex');
  const details = { version: VERSION, role: config.role, node: leases.node, configuration };
  await db.transaction((tx) => appendAudit(tx, systemActor('admin'), { action: 'server.started', details }, now), {
    durable: false,
  });
}
