/** Work that one node at a time does, by the name of its lease. */
export const LEASES = {
  /** Garbage collection, also when somebody asks for it. Not `collect-garbage`: by that, versions collect without a trash. */
  collection: 'garbage-collection',
  /** While it is held, no bytes are deleted: a backup copies what it saw at its beginning. */
  backup: 'backup',
  /** Sealing secrets by another key. */
  keyRotation: 'rotate-secrets-key',
  /** Sending events to webhooks. */
  delivery: 'deliver-events',
} as const;
