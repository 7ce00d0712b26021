import type { Generated } from 'kysely';

/** Another registry, and who we are there. Secrets are sealed: see `connections/sealed-fields.ts`. */
export interface ConnectionsTable {
  /** `reg-` and random characters. */
  id: string;
  project: string;
  name: string;
  kind: string;
  /** As a reference begins: `ghcr.io`. */
  url: string;
  /** JSON: what is neither searched for nor secret. */
  settings: string;
  username: string;
  /** Sealed; `null`: nobody logs in. */
  secret: string | null;
  secret_set_at: number;
  /** What the registry calls it, where its API made it. */
  secret_reference: string | null;
  /** Sealed. */
  client_key: string | null;
  rotation: 'none' | 'tested' | 'switched';
  /** Sealed: the new one when it is tested, the old one when it is switched. */
  other_secret: string | null;
  /** JSON: what belongs to that. */
  other: string | null;
  /** Grows with every change, but not by checks. */
  version: number;
  /** What was last told of it: `connections/state.ts`. */
  state: string;
  expires_at: number | null;
  expiry_source: 'registry' | 'hand' | null;
  /** JSON list: what was said of this secret's end. */
  reminded: string;
  checked_at: number | null;
  succeeded_at: number | null;
  next_check_at: number;
  /** One after the other. */
  failures: number;
  /** JSON: what was wrong at the last check; `null`: nothing. */
  problem: string | null;
  /** JSON: what was found at the last one that succeeded. */
  report: string | null;
  added_by: string;
  created_at: number;
  updated_at: number;
}

export interface ConnectionChecksTable {
  id: Generated<number>;
  connection_id: string;
  at: number;
  /** `ok`, or what was wrong. */
  outcome: string;
  message: string;
  milliseconds: number;
  trigger: string;
}

export interface UpstreamPausesTable {
  upstream: string;
  paused_until: number;
}
