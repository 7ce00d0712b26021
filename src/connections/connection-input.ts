import type { Kind } from '../providers/provider.ts';

/** What somebody says of a connection. Absent fields have their defaults, or stay as they are. */
export interface ConnectionInput {
  readonly name: string;
  /** Default: what the URL tells. */
  readonly kind?: Kind;
  readonly url: string;
  readonly region?: string;
  /** Default: the first of its kind. */
  readonly form?: string;
  readonly username?: string;
  /** Never told again. Empty or absent: nobody logs in. */
  readonly secret?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly authorities?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly testRepository?: string;
  /** When the secret ends, where the registry does not say so. `null`: nobody knows. */
  readonly expiresAt?: Date | null;
  /** Default: the setting `registries.rotateAfterDays`. */
  readonly rotateAfterDays?: number;
  readonly isAutomatic?: boolean;
}
