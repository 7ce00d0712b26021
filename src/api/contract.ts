import type { z } from 'zod';

/** What somebody may do with the admin API. Today an administrator has all of them, and nobody else any. */
export type Ability =
  | 'manage-users'
  | 'manage-tokens'
  | 'manage-grants'
  | 'collect-garbage'
  | 'import-content'
  | 'export-content'
  | 'make-backups'
  | 'verify-content'
  | 'move-up'
  | 'read-status';

/**
 * One endpoint of the admin API, as server, command line and console know it. The parameters of the path (`{name}`)
 * are fields of the input, beside those of the JSON body.
 */
export interface Contract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: `/api/v1/${string}`;
  readonly ability: Ability;
  /** What it does, and what whoever calls it should know, for docs/admin-api.md. */
  readonly description: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Of success. Default 200. */
  readonly status?: 201;
  /** `lines`: a JSON text for each line, sent as they come about; `output` is the schema of one. Default `document`. */
  readonly reply?: 'lines';
}
