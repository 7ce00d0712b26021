import { createHash, timingSafeEqual } from 'node:crypto';
import type { BudgetGauge, UpstreamHttp } from '../egress/upstream-http.ts';
import type { OpenOptions } from '../egress/upstreams.ts';
import type { Secrets } from '../encryption/secrets.ts';
import type { Actor } from '../metadata/actor.ts';
import { deleteConnectionChecks, listConnectionChecks } from '../metadata/connection-checks.ts';
import {
  deleteConnection,
  findConnection,
  findConnectionByName,
  insertConnection,
  rescheduleConnection,
} from '../metadata/connections.ts';
import type { Database } from '../metadata/database.ts';
import { connectionLock } from '../metadata/locks.ts';
import { policyNamesOf } from '../metadata/policies.ts';
import type { Account, CheckReport, DockerLogin } from '../providers/account.ts';
import type { Kind, Provider } from '../providers/provider.ts';
import { Accounts, type Opening } from './accounts.ts';
import { changedRow, differences, newRow } from './change.ts';
import type { Connection, ConnectionCheck, ConnectionState } from './connection.ts';
import {
  ConnectionInUseError,
  ConnectionInvalidError,
  ConnectionNameTakenError,
  ConnectionNotFoundError,
} from './connection-errors.ts';
import { newConnectionId } from './connection-id.ts';
import type { ConnectionInput } from './connection-input.ts';
import { Drafts } from './drafts.ts';
import { gaugeOf } from './gauge.ts';
import { findConnections } from './listing.ts';
import { Records } from './records.ts';
import { Rotation, type NewSecret } from './rotation.ts';
import { connectionOf, logsIn, storedOf, type StoredConnection } from './stored.ts';
import { tryAccount, type Trial } from './trial.ts';

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

export interface ConnectionsSettings {
  /** How old a secret may become, in days, where its connection does not say so; 0: any age. */
  readonly rotateAfterDays: number;
  /** Between two checks of one that works. */
  readonly checkSeconds: number;
  /** So long an old secret is kept beside one that Havre made. */
  readonly keepOldHours: number;
}

export interface ConnectionsParts {
  readonly db: Database;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
  /** All kinds, with the generic one. */
  readonly providers: readonly Provider[];
  readonly upstreams: { open(options: OpenOptions): UpstreamHttp; gauges(): readonly BudgetGauge[] };
  readonly settings: ConnectionsSettings;
  /** Whether the operator lets connections of a project use the identity of the machine. */
  readonly isAmbientAllowed: (project: string) => boolean;
  readonly now: () => Date;
  /** So many random bytes. */
  readonly random: (bytes: number) => Uint8Array;
}

/** The registries that a team uses besides this one: who we are there, and whether that still works. */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #records: Records;
  readonly #accounts: Accounts;
  readonly #rotation: Rotation;
  readonly #drafts: Drafts;

  constructor(parts: ConnectionsParts) {
    const { db, now, random, settings } = parts;
    const chance = (): number => Buffer.from(random(4)).readUInt32BE() / 2 ** 32;
    this.#parts = parts;
    this.#records = new Records({ db, now, chance, ...settings });
    const named = async (inProject: string, name: string): Promise<StoredConnection | undefined> => {
      const row = await findConnectionByName(db, inProject, name);
      return row === undefined ? undefined : storedOf(row);
    };
    this.#accounts = new Accounts({ ...parts, named });
    this.#drafts = new Drafts({ ...parts, accounts: this.#accounts });
    this.#rotation = new Rotation({ ...parts, ...settings, records: this.#records, accounts: this.#accounts });
  }

  /** For work in the background. */
  get works(): { readonly records: Records; readonly accounts: Accounts; readonly rotation: Rotation } {
    return { records: this.#records, accounts: this.#accounts, rotation: this.#rotation };
  }

  /**
   * In the order of project and name.
   *
   * @param page.after the id of the last one of the page before; empty: the first page.
   * @throws {ConnectionNotFoundError} that is gone.
   */
  async list(
    filter: ConnectionFilter,
    page: { readonly after: string; readonly limit: number },
  ): Promise<readonly Connection[]> {
    const after = page.after === '' ? undefined : (await this.#records.get(page.after)).row;
    // Whoever may not see it does not learn by this that it is there.
    if (after !== undefined && filter.projects?.(after.project) === false)
      throw new ConnectionNotFoundError(page.after);
    const shown = (stored: StoredConnection): Connection => this.#shown(stored);
    return await findConnections(this.#parts.db, { filter, after, limit: page.limit, shown });
  }

  /** @throws {ConnectionNotFoundError} */
  async get(id: string): Promise<Connection> {
    return this.#shown(await this.#records.get(id));
  }

  /**
   * @throws {ConnectionInvalidError} with a problem for each field.
   * @throws {ConnectionNameTakenError}
   */
  async add(project: string, input: ConnectionInput, actor: Actor): Promise<Connection> {
    const { db, secrets, now, random } = this.#parts;
    const { wanted, form } = this.#drafts.ofNew(project, input);
    for (;;) {
      const whose = { id: newConnectionId(random), project, addedBy: actor.principalName };
      const row = await newRow({ wanted, input, form, whose }, { secrets, now: now() });
      const isAdded = await db.transaction(async (tx) => {
        if ((await findConnectionByName(tx, project, row.name)) !== undefined) {
          throw new ConnectionNameTakenError(row.name);
        }
        // Not with this id, or somebody had the name first: what was found above does not tell.
        if (!(await insertConnection(tx, row))) return false;
        const details = { kind: row.kind, url: row.url, username: row.username };
        await this.#records.tell(tx, row, { actor, action: 'registry.added', details });
        return true;
      });
      if (isAdded) return this.#shown(storedOf(row));
    }
  }

  /**
   * What is absent stays as it is; empty texts are removed. The secret is asked for again where it would be sent
   * elsewhere.
   *
   * @throws {ConnectionInvalidError} with a problem for each field.
   */
  async change(id: string, changes: Partial<ConnectionInput>, actor: Actor): Promise<Connection> {
    const { secrets, now } = this.#parts;
    const seen = await this.#records.get(id);
    const { wanted, form } = await this.#drafts.ofChange(seen, changes);
    const { row, changed } = await changedRow({ seen, wanted, changes, form }, { secrets, now: now() });
    if (changed.length === 0) return this.#shown(seen);
    const deed = { actor, action: 'registry.changed', details: { changed } };
    const stored = await this.#records.change(seen, row, deed);
    this.#accounts.forget(id);
    return this.#shown(stored);
  }

  /** @throws {ConnectionNotFoundError} @throws {ConnectionInUseError} policies are for it. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#parts.db.transaction(async (tx) => {
      await tx.lock('exclusive', [connectionLock(id)]);
      const row = await findConnection(tx, id);
      if (row === undefined) throw new ConnectionNotFoundError(id);
      const policies = await policyNamesOf(tx, id, MOST_POLICIES_TOLD);
      if (policies.length > 0) throw new ConnectionInUseError(row.name, policies);
      await deleteConnectionChecks(tx, id);
      await deleteConnection(tx, id);
      await this.#records.tell(tx, row, {
        actor,
        action: 'registry.removed',
        details: { kind: row.kind, url: row.url },
      });
    });
    this.#accounts.forget(id);
  }

  /** Whether this is its secret. For whoever has it and wants to know whether that is news; nobody is told what it is. */
  async holdsSecret(id: string, secret: string): Promise<boolean> {
    const seen = await this.#records.get(id);
    const opened = await this.#accounts.openingOf(seen);
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(secret), digest(opened.secret));
  }

  /** What {@link add} would refuse is refused; nothing is stored, and nobody is called. */
  async checkNew(project: string, input: ConnectionInput): Promise<void> {
    const { wanted } = this.#drafts.ofNew(project, input);
    if ((await findConnectionByName(this.#parts.db, project, wanted.name)) === undefined) return;
    throw new ConnectionNameTakenError(wanted.name);
  }

  /** As {@link checkNew}, for {@link change}. */
  async checkChange(id: string, changes: Partial<ConnectionInput>): Promise<void> {
    const seen = await this.#records.get(id);
    const { wanted } = await this.#drafts.ofChange(seen, changes);
    differences({ seen, wanted, changes });
  }

  /** Tries what is not stored, as it was filled in. That somebody did so is recorded. */
  async tryOut(project: string, input: ConnectionInput, actor: Actor, signal: AbortSignal): Promise<Tested> {
    const { wanted } = this.#drafts.ofNew(project, input);
    const trial = await this.#try(wanted, signal);
    await this.#records.tried(wanted, trial, actor);
    return withoutPause(trial);
  }

  /** As {@link tryOut}, for changes of one that is stored: with its secret, where that would go to the same place. */
  async tryChange(id: string, changes: Partial<ConnectionInput>, actor: Actor, signal: AbortSignal): Promise<Tested> {
    const { wanted } = await this.#drafts.ofChange(await this.#records.get(id), changes);
    const trial = await this.#try(wanted, signal);
    await this.#records.tried({ ...wanted, id }, trial, actor);
    return withoutPause(trial);
  }

  /** Checks now, and writes down what came of it. */
  async test(id: string, actor: Actor, signal: AbortSignal): Promise<Tested & { readonly connection: Connection }> {
    const seen = await this.#records.get(id);
    const trial = await this.#try(await this.#accounts.openingOf(seen), signal);
    const stored = await this.#records.record(seen, trial, { trigger: actor.principalName, actor });
    return { ...withoutPause(trial), connection: this.#shown(stored) };
  }

  /** The newest first. @param page.before milliseconds since the epoch: only those of an earlier time. */
  async checks(
    id: string,
    { before, limit }: { readonly before: number | undefined; readonly limit: number },
  ): Promise<readonly ConnectionCheck[]> {
    await this.#records.get(id);
    const page = { before: before ?? Number.MAX_SAFE_INTEGER, rows: limit };
    const rows = await listConnectionChecks(this.#parts.db, id, page);
    return rows.map(({ at, outcome, message, milliseconds, trigger }) => ({
      at: new Date(at),
      outcome: outcome as ConnectionCheck['outcome'], // written by records.ts alone
      message,
      milliseconds,
      trigger,
    }));
  }

  /** First step: a new secret is tried, and kept beside the one in use if it works. @throws {RotationError} */
  async stageSecret(
    id: string,
    secret: NewSecret,
    actor: Actor,
    signal: AbortSignal,
  ): Promise<Tested & { readonly connection: Connection }> {
    const { trial, stored } = await this.#rotation.stage(await this.#records.get(id), secret, { actor, signal });
    return { ...withoutPause(trial), connection: this.#shown(stored) };
  }

  /** Second step: it is in use, and the old one kept. @throws {RotationError} */
  async switchSecret(id: string, actor: Actor): Promise<Connection> {
    return this.#shown(await this.#rotation.switch(await this.#records.get(id), actor));
  }

  /** Third step: the old one is forgotten, and revoked where the registry's API can. @throws {RotationError} */
  async confirmSecret(id: string, actor: Actor, _signal: AbortSignal): Promise<Connection> {
    return this.#shown(await this.#rotation.confirm(await this.#records.get(id), actor));
  }

  /** Back to the old one, or only forgets the new one. @throws {RotationError} */
  async cancelRotation(id: string, actor: Actor): Promise<Connection> {
    return this.#shown(await this.#rotation.cancel(await this.#records.get(id), actor));
  }

  /** Whether the registry's API can make secrets, with the credentials in use. */
  async canMint(id: string): Promise<boolean> {
    return await this.#rotation.canMint(await this.#records.get(id));
  }

  /**
   * A new one by the registry's API, tried and in use. The old one is forgotten and revoked some hours later, or at once
   * where it has ended by that.
   *
   * @throws {ConnectionInvalidError} it has no API for that.
   */
  async mintSecret(id: string, actor: Actor, signal: AbortSignal): Promise<Connection> {
    return this.#shown(await this.#rotation.mint(await this.#records.get(id), actor, signal));
  }

  /** What Docker logs in with just now; handing it out is recorded. @throws {ProviderError} */
  async login(id: string, actor: Actor, purpose: string, signal: AbortSignal): Promise<DockerLogin> {
    const { db, now } = this.#parts;
    const seen = await this.#records.get(id);
    if (!logsIn(seen)) {
      throw new ConnectionInvalidError([{ field: 'secret', message: 'Nobody logs in there: it has no secret.' }]);
    }
    const { logins } = await this.#accounts.of(seen);
    const login = await logins.get(signal);
    const { username, expiresAt } = login;
    const details = { purpose, username, ...(expiresAt !== undefined && { expiresAt: expiresAt.toISOString() }) };
    const isOverdue = logins.renewAt !== undefined && logins.renewAt <= now();
    await db.transaction(async (tx) => {
      await this.#records.tell(tx, seen.row, { actor, action: 'registry.login-handed-out', details });
      // The old one is handed out because there is no new one: it is found out why, long before it ends.
      const soon = { id, from: seen.row.nextCheckAt, to: now().getTime() };
      if (isOverdue && soon.from > soon.to) await rescheduleConnection(tx, soon);
    });
    return login;
  }

  /** For looking at it. */
  async account(id: string): Promise<Account> {
    return (await this.#accounts.of(await this.#records.get(id))).account;
  }

  /** For looking at it, with what is left of what its registry lets us ask; `undefined`: it does not say. */
  async look(id: string): Promise<{ readonly account: Account; gauge(): BudgetGauge | undefined }> {
    const { account, asker } = await this.#accounts.of(await this.#records.get(id));
    return { account, gauge: () => gaugeOf(asker, this.gauges()) };
  }

  /** For long work that gives way to people: what it asks is spent last. @throws {ConnectionSecretsError} */
  async backgroundAccount(id: string): Promise<Account> {
    const opening = await this.#accounts.openingOf(await this.#records.get(id));
    return this.#accounts.open({ ...opening, isBackground: true }).account;
  }

  /** Of the whole process, one for each upstream that was asked. */
  gauges(): readonly BudgetGauge[] {
    return this.#parts.upstreams.gauges();
  }

  async #try(opening: Opening, signal: AbortSignal): Promise<Trial> {
    const { account, secrets } = this.#accounts.open(opening);
    const { testRepository: repository } = opening.settings;
    return await tryAccount(account, { repository, host: opening.url.host, secrets, signal });
  }

  #shown(stored: StoredConnection): Connection {
    return connectionOf(stored, this.#parts.settings.rotateAfterDays, this.#parts.now());
  }
}

const MOST_POLICIES_TOLD = 20;

/** When the registry wants to be asked again is for those who check by themselves. */
function withoutPause({ report, problem, milliseconds }: Trial): Tested {
  return { report, problem, milliseconds };
}
