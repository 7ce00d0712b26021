import { createHmac, randomBytes } from 'node:crypto';
import type { Secrets } from '../encryption/secrets.ts';
import type { Asker } from '../egress/known-upstreams.ts';
import type { OpenOptions } from '../egress/upstreams.ts';
import type { UpstreamHttp } from '../egress/upstream-http.ts';
import type { Account } from '../providers/account.ts';
import type { ConnectedRegistry, Kind, Provider, ProviderTools } from '../providers/provider.ts';
import type { RegistryUrl } from '../providers/registry-url.ts';
import { Logins } from './logins.ts';
import { clientKeyContext, openField, secretContext } from './sealed-fields.ts';
import { targetOf, type ConnectionSettings, type StoredConnection } from './stored.ts';

export interface AccountsParts {
  /** Whether the operator lets connections of a project use the identity of the machine. */
  readonly isAmbientAllowed: (project: string) => boolean;
  readonly secrets: Pick<Secrets, 'open'>;
  readonly providers: readonly Provider[];
  readonly upstreams: { open(options: OpenOptions): UpstreamHttp };
  readonly now: () => Date;
  /** The connection of a project that has this name. */
  readonly named: (project: string, name: string) => Promise<StoredConnection | undefined>;
}

/** What an account is opened with; the secrets are in the clear, and live as long as the account. */
export interface Opening {
  /** Its other connections may be of use to this one. */
  readonly project: string;
  readonly kind: Kind;
  readonly url: RegistryUrl;
  readonly username: string;
  readonly secret: string;
  readonly clientKey: string;
  readonly settings: ConnectionSettings;
  /** Of checks that nobody waits for. */
  readonly isBackground?: boolean;
  /** Whether the registry took this secret before. Whoever only says that they are somebody does not spend their budget. */
  readonly isProved?: boolean;
}

/** An account that stays open, so that what it logged in with is used again. */
export interface OpenAccount {
  readonly account: Account;
  readonly logins: Logins;
  /** Never shown. */
  readonly secrets: readonly string[];
  /** By whom its registry counts what is asked. */
  readonly asker: Asker;
}

interface Kept extends OpenAccount {
  readonly version: number;
  readonly secret: string | null;
  readonly isProved: boolean;
  /** Milliseconds since the epoch. */
  usedAt: number;
}

/** As many stay open. */
const MOST = 1000;
/** What nobody used for so long is closed: its secrets lie in memory, and another node may have removed its connection. */
const MOST_IDLE_MILLISECONDS = 24 * 3_600_000;

/** Accounts at other registries, as their connections are now: one for each, until its connection changes. */
export class Accounts {
  readonly #parts: AccountsParts;
  /** The longest unused first. */
  readonly #kept = new Map<string, Kept>();

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  /** @throws {ConnectionSecretsError} */
  async of(stored: StoredConnection): Promise<OpenAccount> {
    const { id, version, secret } = stored.row;
    const usedAt = this.#parts.now().getTime();
    const known = this.#known(stored);
    if (known !== undefined) return this.#keep(id, { ...known, usedAt });
    const opened = this.open(await this.openingOf(stored));
    return this.#keep(id, { ...opened, version, secret, isProved: isProved(stored), usedAt });
  }

  /** How many are open. */
  get size(): number {
    return this.#kept.size;
  }

  /** The one that is open, if one is. */
  known(stored: StoredConnection): OpenAccount | undefined {
    return this.#known(stored);
  }

  #known({ row }: StoredConnection): Kept | undefined {
    const known = this.#kept.get(row.id);
    const isSame =
      known?.version === row.version && known.secret === row.secret && known.isProved === isProved({ row });
    return isSame ? known : undefined;
  }

  /** What was logged in with is forgotten. */
  forget(id: string): void {
    this.#kept.delete(id);
  }

  /**
   * @param options.isReplaced its secret is not needed any more, and left out.
   * @throws {ConnectionSecretsError}
   */
  async openingOf(stored: StoredConnection, { isReplaced = false } = {}): Promise<Opening> {
    const { row, kind, url, settings } = stored;
    const { secrets } = this.#parts;
    const bound = { id: row.id, kind, url };
    return {
      project: row.project,
      kind,
      url,
      settings,
      isProved: isProved(stored),
      username: row.username,
      secret: isReplaced ? '' : await openField(secrets, row.secret, secretContext(bound)),
      clientKey: await openField(secrets, row.clientKey, clientKeyContext(bound)),
    };
  }

  open(opening: Opening): OpenAccount {
    const { now } = this.#parts;
    const { secret, clientKey } = opening;
    const { kind, target, tools, asker } = this.#connected(opening);
    const account = this.providerOf(kind).open(target, tools);
    return { account, logins: new Logins(account, now), secrets: [secret, clientKey], asker };
  }

  #connected(opening: Opening): ConnectedRegistry & { readonly asker: Asker } {
    const { upstreams, now, named } = this.#parts;
    const { project, kind, url, username, secret, clientKey, settings, isBackground = false } = opening;
    const { authorities, clientCertificate } = settings;
    const asker: Asker = { registry: url.host, account: accountOf(opening) };
    const http = upstreams.open({
      purpose: 'registries',
      ...(authorities !== undefined && { authorities }),
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...(clientKey !== '' && { clientKey }),
      registry: asker.registry,
      ...(asker.account !== undefined && { account: asker.account }),
      priority: isBackground ? 'background' : 'interactive',
    });
    const connected = async (name: string): Promise<ConnectedRegistry | undefined> => {
      const other = await named(project, name);
      return other === undefined ? undefined : this.#connected(await this.openingOf(other));
    };
    const tools: ProviderTools = { http, now: () => now().getTime(), connected };
    const isAmbientAllowed = this.#parts.isAmbientAllowed(project);
    const target = { ...targetOf({ url, settings, row: { username } }, secret), isAmbientAllowed };
    return { kind, target, tools, asker };
  }

  #keep(id: string, opened: Kept): Kept {
    this.#kept.delete(id);
    this.#kept.set(id, opened);
    for (const [oldest, { usedAt }] of this.#kept) {
      if (this.#kept.size <= MOST && usedAt > opened.usedAt - MOST_IDLE_MILLISECONDS) break;
      this.#kept.delete(oldest);
    }
    return opened;
  }

  providerOf(kind: Kind): Provider {
    const provider = this.#parts.providers.find((known) => known.kind === kind);
    if (provider === undefined) throw new Error(`there is no provider for ${kind}`);
    return provider;
  }
}

function isProved({ row }: Pick<StoredConnection, 'row'>): boolean {
  return row.succeededAt !== null;
}

/**
 * Whose requests the registry counts; `undefined`: those of this machine. Whoever did not prove who they are shares with
 * nobody who says the same.
 */
function accountOf({ username, secret, settings, isProved: hasProved = false }: Opening): string | undefined {
  const { form, clientCertificate = '' } = settings;
  const name = username === '' ? `${form} ${fingerprintOf(secret)}` : username;
  const parts = [
    ...(secret === '' && settings.isAmbient !== true ? [] : [name]),
    ...(clientCertificate === '' ? [] : [`certificate ${fingerprintOf(clientCertificate)}`]),
    ...(secret === '' || hasProved ? [] : [`not proved ${fingerprintOf(secret)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** Tells one from another in a budget, and nothing more: who has it is nobody's business. */
function fingerprintOf(text: string): string {
  return createHmac('sha256', FINGERPRINT_KEY).update(text).digest('hex').slice(0, 8);
}

/** Of this process alone. */
const FINGERPRINT_KEY = randomBytes(32);
