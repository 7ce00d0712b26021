import type { UpstreamHttp } from '../egress/upstream-http.ts';
import type { Account } from './account.ts';
import type { RegistryUrl } from './registry-url.ts';

/** What answers behind a connection. */
export const KINDS = [
  'docker-hub',
  'ghcr',
  'google',
  'ecr',
  'ecr-public',
  'acr',
  'harbor',
  'ovh-managed',
  'ovh-shared',
  'gitlab',
  'quay',
  'generic',
] as const;

export type Kind = (typeof KINDS)[number];

/** One way to prove to a registry who we are: a password, a service account… What a form of the console asks for. */
export interface CredentialForm {
  /** Stable: `password`, `access-token`, `service-account`, `access-key`, `service-principal`, `robot`. */
  readonly name: string;
  /** `false`: there is no secret to give, since it is the machine that Havre runs on who logs in. */
  readonly hasSecret?: false;
  /** Whether a username is asked for, or what it always is (`AWS`, `_json_key`). */
  readonly username: 'asked' | { readonly always: string };
  /** Further fields, which are no secrets: `tenant`, `role`, `account`. */
  readonly fields: readonly CredentialField[];
  /** Where people get it, and the least rights that it needs, a sentence each. */
  readonly help: { readonly where: string; readonly leastRights: string; readonly link?: string };
  /** How long such a secret lasts, where the registry says so for all of them, in seconds. */
  readonly lifeSeconds?: number;
}

export interface CredentialField {
  readonly name: string;
  readonly isRequired: boolean;
  /** A sentence. */
  readonly description: string;
}

/** What a connection says of its registry; the secret is in the clear, and lives no longer than its use. */
export interface ProviderTarget {
  readonly url: RegistryUrl;
  readonly region?: string;
  /** Name of a {@link CredentialForm}. */
  readonly form: string;
  readonly username: string;
  /** Empty: nobody logs in. */
  readonly secret: string;
  /** By {@link CredentialField}. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether the operator lets its project use the identity of the machine that Havre runs on. Absent: no. */
  readonly isAmbientAllowed?: boolean;
}

export interface ProviderTools {
  /** Bound to the connection: its certificates, budget and circuit breaker. The only way out. */
  readonly http: UpstreamHttp;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * Another connection of the same project, by its name, for what this one may not do itself; `undefined`: there is none.
   * Absent: nobody has connections.
   */
  readonly connected?: (name: string) => Promise<ConnectedRegistry | undefined>;
}

/** Another connection: its secret goes out by its own tools only. */
export interface ConnectedRegistry {
  readonly kind: Kind;
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
}

/** A kind of registry: what is particular about it. */
export interface Provider {
  readonly kind: Kind;
  /** As its makers write it: `Docker Hub`. */
  readonly title: string;
  /** The first is what most people have. */
  readonly forms: readonly CredentialForm[];
  /** Whether a URL is of this kind, for sure. */
  recognises(url: RegistryUrl): boolean;
  /**
   * What is wrong with what was filled in, by field, before anybody is asked; empty: nothing.
   */
  problemsOf(target: ProviderTarget): readonly { readonly field: string; readonly message: string }[];
  open(target: ProviderTarget, tools: ProviderTools): Account;
}
