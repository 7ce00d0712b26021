import { ConnectionChecker } from '../../src/connections/checker.ts';
import type { Connections, ConnectionsSettings } from '../../src/connections/connections.ts';
import type { Database } from '../../src/metadata/database.ts';
import type { Account, Minting } from '../../src/providers/account.ts';
import { ProviderError, type Diagnosis } from '../../src/providers/provider-error.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { openTestConnections } from './connections.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { openTestDatabase } from './test-database.ts';

interface Opened {
  readonly host: string;
  readonly username: string;
  readonly secret: string;
}

/** A kind of registry that takes the secrets it is told to, in memory. */
export class FakeRegistryKind {
  /** Accounts that were asked something. */
  readonly opened: Opened[] = [];
  readonly revoked: string[] = [];
  readonly #accepted = new Set<string>();
  #failure: Diagnosis | undefined;
  #made = 0;
  checks = 0;
  atOnce = 0;
  mostAtOnce = 0;
  /** Absent: what is logged in with is the secret. */
  loginSeconds: number | undefined;
  secretExpiresAt: Date | undefined;
  /** Absent: it makes no secrets. */
  minting: { overlaps: boolean } | undefined;
  /** What it makes does not work. */
  makesBroken = false;

  accept(...secrets: readonly string[]): void {
    for (const secret of secrets) this.#accepted.add(secret);
  }

  refuse(secret: string): void {
    this.#accepted.delete(secret);
  }

  fail(diagnosis: Diagnosis | undefined): void {
    this.#failure = diagnosis;
  }

  provider(now: () => Date): Provider {
    const help = { where: 'There.', leastRights: 'Few.' };
    return {
      kind: 'generic',
      title: 'Fake',
      forms: [
        { name: 'password', username: 'asked', fields: [], help },
        { name: 'token', username: { always: 'token' }, fields: [], help },
      ],
      recognises: () => false,
      problemsOf: () => [],
      open: ({ url, username, secret }) => this.#account({ host: url.host, username, secret }, now),
    };
  }

  #account(who: Opened, now: () => Date): Account {
    const ask = (): void => {
      this.opened.push(who);
      if (this.#failure !== undefined) throw new ProviderError(this.#failure, `It fails: ${this.#failure}.`);
      if (this.#accepted.has(who.secret)) return;
      throw new ProviderError('wrong-credentials', `${who.host} does not know "${who.secret}".`);
    };
    const minting: Minting | undefined = this.minting && {
      overlaps: this.minting.overlaps,
      mint: async () => {
        ask();
        this.#made += 1;
        const secret = `made-secret-${this.#made}`;
        if (!this.makesBroken) this.accept(secret);
        if (this.minting?.overlaps === false) this.refuse(who.secret);
        return { username: who.username, secret, reference: `ref-${this.#made}` };
      },
      revoke: async (reference) => {
        if (this.#failure !== undefined) throw new ProviderError(this.#failure, `It fails: ${this.#failure}.`);
        this.revoked.push(reference);
      },
    };
    const nothing = (): never => {
      throw new ProviderError('unsupported', 'There is nothing.');
    };
    return {
      login: async () => {
        ask();
        if (this.loginSeconds === undefined) return { username: who.username, password: who.secret };
        this.#made += 1;
        const expiresAt = new Date(now().getTime() + this.loginSeconds * 1000);
        return { username: who.username, password: `login-${this.#made}`, expiresAt };
      },
      check: async () => {
        this.checks += 1;
        this.atOnce += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
        await Promise.resolve();
        await Bun.sleep(0);
        this.atOnce -= 1;
        ask();
        return {
          abilities: { list: 'yes', pull: 'yes', push: 'unknown', delete: 'no' },
          remarks: [],
          ...(this.secretExpiresAt !== undefined && { secretExpiresAt: this.secretExpiresAt }),
        };
      },
      repositories: nothing,
      tags: nothing,
      images: nothing,
      delete: nothing,
      deletion: { tag: 'no', manifest: false, takesTags: false, wantsUntagged: false, batch: 1 },
      ...(minting !== undefined && { minting }),
    };
  }
}

export interface ConnectionsWithFake {
  readonly connections: Connections;
  readonly checker: ConnectionChecker;
  readonly fake: FakeRegistryKind;
  readonly db: Database;
  readonly failures: unknown[];
  advance(seconds: number): void;
  /** @returns how many were checked. */
  checkDue(): Promise<number>;
  /** Of the audit log, in their order. */
  actions(): Promise<readonly string[]>;
  /** Of all rows with this action. */
  auditDetails(action: string): Promise<readonly unknown[]>;
  auditText(): Promise<string>;
  close(): Promise<void>;
}

/** Connections whose registries are all of one fake kind, and the time. */
export async function openConnectionsWithFake(
  options: { readonly settings?: Partial<ConnectionsSettings>; readonly atOnce?: number } = {},
): Promise<ConnectionsWithFake> {
  const folder = temporaryFolder('connections');
  const db = await openTestDatabase(folder);
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const now = (): Date => clock.now;
  const fake = new FakeRegistryKind();
  const { settings = {}, atOnce = 4 } = options;
  const connections = openTestConnections({ db, folder, now, providers: [fake.provider(now)], settings });
  const failures: unknown[] = [];
  const onFailure = (_: string, error: unknown): void => void failures.push(error);
  const { rotateAfterDays = 90 } = settings;
  const checker = new ConnectionChecker({ ...connections.works, db, now, atOnce, rotateAfterDays, onFailure });
  const audit = () => db.build((kysely) => kysely.selectFrom('audit').selectAll().orderBy('id'));
  return {
    connections,
    checker,
    fake,
    db,
    failures,
    advance: (seconds) => {
      clock.now = new Date(clock.now.getTime() + seconds * 1000);
    },
    checkDue: () => checker.checkDue(new AbortController().signal),
    actions: async () => (await audit()).map(({ action }) => action),
    auditDetails: async (wanted) =>
      (await audit()).flatMap(({ action, details }) => (action === wanted ? [JSON.parse(details ?? 'null')] : [])),
    auditText: async () => JSON.stringify(await audit()),
    close: async () => {
      await db.close();
      removeFolder(folder);
    },
  };
}
