import type { z } from 'zod';
import type { Action, ProjectAction } from '../auth/principal.ts';

/**
 * What somebody may do with the admin API. An administrator has all of them; others only what a contract's `action` or
 * `projectAction` gives.
 */
export type Ability =
  | 'log-in'
  | 'govern-own-account'
  | 'manage-users'
  | 'manage-tokens'
  | 'manage-grants'
  | 'collect-garbage'
  | 'import-content'
  | 'export-content'
  | 'make-backups'
  | 'verify-content'
  | 'move-up'
  | 'read-status'
  | 'see-repositories'
  | 'see-history'
  | 'move-tags'
  | 'delete-content'
  | 'restore-content'
  | 'plan-deletions'
  | 'manage-policies'
  | 'manage-rules'
  | 'manage-quotas'
  | 'see-sizes'
  | 'read-audit'
  | 'read-api'
  | 'manage-webhooks'
  | 'rotate-keys'
  | 'see-registries'
  | 'use-registries'
  | 'manage-registries'
  | 'see-upstreams'
  | 'see-shared-registries';

/**
 * One endpoint of the admin API, as server, command line and console know it. The parameters of the path (`{name}`)
 * are fields of the input, beside those of the JSON body.
 */
export interface Contract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/cloud/` are paths of OVHcloud's API, which answers in a way of its own: see `ovh/`. */
  readonly path: `/api/v1/${string}` | `/cloud/project/{projectId}/${string}`;
  readonly ability: Ability;
  /**
   * Besides administrators: whoever may do this with the repository that the path names as `{repository}`. Absent:
   * nobody else.
   */
  readonly action?: Action;
  /**
   * Besides administrators: whoever may do this in the project that the registry belongs to. Whoever answers finds that
   * out, and knows nothing of registries in projects that somebody may not even look into.
   */
  readonly projectAction?: ProjectAction;
  /**
   * Besides administrators: whoever has shown a credential; `catalog`: and whoever may pull something without one (what
   * they see of it is for whoever answers to decide); `everybody`: whoever asks.
   */
  readonly audience?: 'signed-in' | 'catalog' | 'everybody';
  /** What it does, and what whoever calls it should know, for docs/admin-api.md. */
  readonly description: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Codes of problems of its own, by status, besides those that every endpoint of its kind has. */
  readonly problems?: Readonly<Record<number, readonly string[]>>;
  /** Of success. Default 200. */
  readonly status?: 201;
  /** `lines`: a JSON text for each line, sent as they come about; `output` is the schema of one. Default `document`. */
  readonly reply?: 'lines';
  /**
   * Of long work with `lines` that leaves no row of its own in the audit: `backup` becomes `backup.started` and
   * `backup.ended`, with these fields of the input. None of them may hold a secret.
   */
  readonly recordedAs?: { readonly subject: string; readonly details: readonly string[] };
}
