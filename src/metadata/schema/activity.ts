import type { Generated } from 'kysely';
import type { Digest } from '../../oci/digest.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import type { Tag } from '../../oci/tag.ts';

/**
 * Who did what: written in the transaction of the deed, or of its refusal. A moment later it is sealed: given its place
 * in a chain of hashes, and handed to the webhooks that want it.
 */
export interface AuditTable {
  id: Generated<number>;
  at: number;
  principal_id: string;
  principal_kind: string;
  principal_name: string;
  /** Address of the client; `null` for work of our own. */
  source: string | null;
  client: string | null;
  request_id: string | null;
  /** Such as `tag.moved`: see `audit/action.ts`. */
  action: string;
  outcome: 'done' | 'refused' | 'failed';
  repository: RepositoryName | null;
  digest: Digest | null;
  tag: Tag | null;
  /** JSON object: the rest, by action. */
  details: string | null;
  /** Place in the chain, from 1, without gaps; `null` until it is sealed. */
  sequence: number | null;
  previous_hash: string | null;
  hash: string | null;
}

export interface WebhooksTable {
  id: Generated<number>;
  name: string;
  url: string;
  format: string;
  /** Encrypted; `null`: unsigned. */
  secret: string | null;
  /** JSON: what else it wants and gets, as `events/webhook.ts` has it. */
  settings: string;
  is_enabled: number;
  /** Why we stopped sending, when it was we. */
  disabled_reason: string | null;
  /** Since when nothing was delivered but failures; `null`: the last delivery succeeded. */
  failing_since: number | null;
  /** The receiver asked for nothing before. */
  resume_at: number | null;
  created_at: number;
}

/** One event on its way to one webhook. */
export interface DeliveriesTable {
  id: Generated<number>;
  webhook_id: number;
  /** Of the event's row in the audit log; `null`: it has none there, as pulls and pings. */
  sequence: number | null;
  /** The same over all attempts and webhooks, and when it is sent again. */
  event_id: string;
  /** JSON: all there is to tell, as `events/event.ts` has it: the audit log may have forgotten it. */
  event: string;
  state: 'waiting' | 'delivered' | 'failed';
  attempts: number;
  /** `null`: it is not waiting. */
  next_at: number | null;
  last_at: number | null;
  last_status: number | null;
  last_error: string | null;
  /** The beginning of what the receiver answered. */
  response: string | null;
  created_at: number;
}
