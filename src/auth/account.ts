import type { Principal } from './principal.ts';
import type { Rights } from './rights.ts';

/** What is true of a principal now: read from metadata and the htpasswd file, never from what a client holds. */
export interface Account {
  readonly principal: Principal;
  /** Changes with the password: what was issued to another generation is void. */
  readonly generation: string;
  /** May do everything everywhere, and govern users, tokens and grants. */
  readonly isAdministrator: boolean;
  readonly rights: Rights;
  /** When it ends by itself. */
  readonly expiresAt?: Date;
}
