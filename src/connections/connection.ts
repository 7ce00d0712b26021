import type { CheckReport } from '../providers/account.ts';
import type { Kind } from '../providers/provider.ts';
import type { Diagnosis } from '../providers/provider-error.ts';

/**
 * `valid`: it worked when it was last tried. `expiring`: it works, and its secret ends, or is due to be replaced, soon.
 * `expired`: its secret has ended. `failing`: it does not work. `unchecked`: nobody tried.
 */
export type ConnectionState = 'valid' | 'expiring' | 'expired' | 'failing' | 'unchecked';

/** Another registry that this one knows, and who we are there. Never holds the secret. */
export interface Connection {
  /** `reg-` and some random characters. */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly kind: Kind;
  /** As a reference begins: `ghcr.io`, `harbor.lan:8443`. */
  readonly url: string;
  readonly isPlainHttp: boolean;
  readonly region: string | undefined;
  /** Name of a credential form of its kind. */
  readonly form: string;
  readonly username: string;
  readonly hasSecret: boolean;
  /** Whether anybody logs in: by the secret, or as the machine that Havre runs on. */
  readonly logsIn: boolean;
  /** By the fields of its credential form. */
  readonly fields: Readonly<Record<string, string>>;
  /** PEM: authorities that its certificate may be signed by, besides the usual ones. */
  readonly authorities: string | undefined;
  /** PEM: a certificate that we show. Its key is as secret as the password. */
  readonly clientCertificate: string | undefined;
  /** Repository to try rights on. */
  readonly testRepository: string | undefined;
  readonly addedBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Since when it leads to its host, and somebody logs in there by it: of several, the oldest comes first. */
  readonly usableSince: Date;
  readonly credential: CredentialLife;
  readonly health: ConnectionHealth;
}

export interface CredentialLife {
  /** When the secret that is in use was given. */
  readonly setAt: Date;
  readonly expiresAt: Date | undefined;
  readonly expirySource: 'registry' | 'hand' | undefined;
  /** How old it may become before somebody is reminded to replace it, in days; 0: any age. */
  readonly rotateAfterDays: number;
  /** `tested`: a new secret works and is not in use. `switched`: it is in use, and the old one is kept. */
  readonly rotation: 'none' | 'tested' | 'switched';
  /** Havre replaces it by itself, by the registry's API. */
  readonly isAutomatic: boolean;
}

export interface ConnectionHealth {
  readonly state: ConnectionState;
  readonly checkedAt: Date | undefined;
  readonly succeededAt: Date | undefined;
  readonly nextCheckAt: Date | undefined;
  /** Of the last check, where it failed. */
  readonly problem: { readonly diagnosis: Diagnosis; readonly message: string } | undefined;
  readonly report: CheckReport | undefined;
}

/** One check of the past. */
export interface ConnectionCheck {
  readonly at: Date;
  readonly outcome: 'ok' | Diagnosis;
  /** A sentence; empty where all is well. */
  readonly message: string;
  readonly milliseconds: number;
  /** Who asked; the schedule. */
  readonly trigger: string;
}
