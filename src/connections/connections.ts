import type { Actor } from '../metadata/actor.ts';
import type { Account, CheckReport, DockerLogin } from '../providers/account.ts';
import type { Kind } from '../providers/provider.ts';
import type { BudgetGauge } from '../egress/upstream-http.ts';
import type { Connection, ConnectionCheck, ConnectionState } from './connection.ts';

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

export interface ConnectionFilter {
  readonly projects?: (project: string) => boolean;
  readonly project?: string;
  readonly kind?: Kind;
  readonly state?: ConnectionState;
  /** Part of a name, URL or id. */
  readonly search?: string;
}

/** A check that was just made: `problem` where it failed. */
export interface Tested {
  readonly report: CheckReport | undefined;
  readonly problem: (Connection['health']['problem'] & object) | undefined;
  readonly milliseconds: number;
}

/** The registries that a team uses besides this one: who we are there, and whether that still works. */
export class Connections {
  list(
    _filter: ConnectionFilter,
    _page: { readonly after: string; readonly limit: number },
  ): Promise<readonly Connection[]> {
    throw new Error('not yet');
  }
  /** @throws {ConnectionNotFoundError} */
  get(_id: string): Promise<Connection> {
    throw new Error('not yet');
  }
  /** @throws {ConnectionInvalidError} with a problem for each field. */
  add(_project: string, _input: ConnectionInput, _actor: Actor): Promise<Connection> {
    throw new Error('not yet');
  }
  change(_id: string, _input: Partial<ConnectionInput>, _actor: Actor): Promise<Connection> {
    throw new Error('not yet');
  }
  remove(_id: string, _actor: Actor): Promise<void> {
    throw new Error('not yet');
  }
  /** Tries what is not stored, as it was filled in. */
  tryOut(_input: ConnectionInput, _signal: AbortSignal): Promise<Tested> {
    throw new Error('not yet');
  }
  /** Checks now, and writes down what came of it. */
  test(_id: string, _actor: Actor, _signal: AbortSignal): Promise<Tested & { readonly connection: Connection }> {
    throw new Error('not yet');
  }
  checks(
    _id: string,
    _page: { readonly before: number | undefined; readonly limit: number },
  ): Promise<readonly ConnectionCheck[]> {
    throw new Error('not yet');
  }
  /** First step: a new secret is tried, and kept beside the one in use. */
  stageSecret(
    _id: string,
    _secret: { readonly username?: string; readonly secret: string; readonly expiresAt?: Date },
    _actor: Actor,
    _signal: AbortSignal,
  ): Promise<Tested & { readonly connection: Connection }> {
    throw new Error('not yet');
  }
  /** Second step: it is in use, and the old one kept. */
  switchSecret(_id: string, _actor: Actor): Promise<Connection> {
    throw new Error('not yet');
  }
  /** Third step: the old one is forgotten, and revoked where the registry's API can. */
  confirmSecret(_id: string, _actor: Actor, _signal: AbortSignal): Promise<Connection> {
    throw new Error('not yet');
  }
  /** Back to the old one, or only forgets the new one. */
  cancelRotation(_id: string, _actor: Actor): Promise<Connection> {
    throw new Error('not yet');
  }
  /** All steps at once, by the registry's API. @throws {ConnectionInvalidError} it has none for that. */
  mintSecret(_id: string, _actor: Actor, _signal: AbortSignal): Promise<Connection> {
    throw new Error('not yet');
  }
  /** What Docker logs in with just now; handing it out is recorded. */
  login(_id: string, _actor: Actor, _purpose: string, _signal: AbortSignal): Promise<DockerLogin> {
    throw new Error('not yet');
  }
  /** For looking at it. */
  account(_id: string): Promise<Account> {
    throw new Error('not yet');
  }
  /** Of the whole process, one for each upstream that was asked. */
  gauges(): readonly BudgetGauge[] {
    throw new Error('not yet');
  }
}
