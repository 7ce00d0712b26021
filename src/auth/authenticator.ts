import type { IdentityChange } from './changes.ts';
import { challengeFor, type ChallengedRequest, type ChallengeOptions } from './challenge.ts';
import { parseCredential, type Credential } from './credentials/credential.ts';
import type { CheckedCredential, CredentialCheck } from './credentials/credential-check.ts';
import { identityOf, type Identity } from './identity.ts';
import type { LiveAccounts } from './accounts/live-accounts.ts';
import { ANONYMOUS } from './principal.ts';
import { CredentialsRefusedError } from './credentials/refusal.ts';
import { RefusedCredentials } from './credentials/refused-credentials.ts';
import { RememberedCredentials } from './credentials/remembered-credentials.ts';
import { ALL_ACTIONS, NO_ACTIONS } from './rights.ts';
import type { TokenUses } from './accounts/token-uses.ts';

export interface AuthenticatorOptions {
  readonly accounts: LiveAccounts;
  readonly credentials: CredentialCheck;
  readonly tokenUses: TokenUses;
  readonly clock: () => Date;
  /** How long a credential that was right is not checked again. 0: always checked. */
  readonly rememberSeconds: number;
  /** How many credentials are remembered. */
  readonly rememberedCredentials: number;
  /** However long a caller accepts an expired bearer token for, it is no longer than this. */
  readonly longestExpiredSeconds: number;
  readonly challenge: ChallengeOptions;
  /** Learns what other nodes changed. Absent where nobody else changes anything. */
  readonly freshen?: () => Promise<void>;
}

export interface IdentifyOptions {
  /** Accept a bearer token for so long after its end; the identity is then `expired`. For upload sessions. */
  readonly acceptExpiredSeconds?: number;
}

/** Where a request comes from. Finding the address costs more than the rest of a login that is remembered. */
export interface Client {
  /** IP address. */
  readonly source: string;
}

interface Asking {
  readonly key: string;
  readonly credential: Credential;
  readonly source: string;
  readonly acceptExpiredSeconds: number;
}

/**
 * Says who is asking.
 *
 * Every change of a user, token, grant or password begins a new epoch: what was remembered before is then compared
 * again with the facts, which costs a few reads, but no password. So nothing that was revoked is served from memory.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #remembered: RememberedCredentials;
  readonly #refused: RefusedCredentials;
  #underway = new Map<string, Promise<Identity>>();
  #anonymous: { readonly identity: Identity; readonly epoch: number } | undefined;
  #isOpenToEverybody = false;
  #epoch = 0;

  constructor(options: AuthenticatorOptions) {
    const { clock, rememberedCredentials: capacity } = options;
    this.#options = options;
    this.#remembered = new RememberedCredentials(capacity);
    this.#refused = new RefusedCredentials({ clock, capacity });
  }

  /**
   * At once when the credential is remembered, and nobody else changes anything: this is on the way of every request.
   *
   * @param authorization the `Authorization` header, if there is one.
   * @param client its address is asked for, for the throttle, only when a credential has to be checked.
   * @throws {CredentialsRefusedError} an `AuthenticationRequiredError` without a challenge.
   * @throws {RateLimitedError} too many failures, or too many logins at once.
   */
  identify(authorization: string | null, client: Client, options: IdentifyOptions = {}): Identity | Promise<Identity> {
    const fresh = this.#options.freshen?.();
    if (fresh === undefined) return this.#identify(authorization, client, options);
    return fresh.then(() => this.#identify(authorization, client, options));
  }

  #identify(authorization: string | null, client: Client, options: IdentifyOptions): Identity | Promise<Identity> {
    if (authorization === null) return this.#identifyNobody();
    const key = this.#remembered.keyOf(authorization);
    const now = this.#options.clock();
    const known = this.#remembered.get(key);
    if (known !== undefined && known.epoch === this.#epoch && now.getTime() < known.forgetAt) {
      this.#options.tokenUses.note(known.identity.principal, now);
      return known.identity;
    }
    const credential = parseCredential(authorization);
    if (credential === undefined) throw new CredentialsRefusedError();
    const acceptExpiredSeconds = Math.min(options.acceptExpiredSeconds ?? 0, this.#options.longestExpiredSeconds);
    return this.#identifyTogether({ key, credential, source: client.source, acceptExpiredSeconds });
  }

  /** Compares what is remembered with the facts again. To be awaited before a change is acknowledged. */
  async apply(change: IdentityChange): Promise<void> {
    this.#epoch++;
    // Whoever asks from now on must not join a check that began before the change.
    this.#underway = new Map();
    if (change.of === 'keys') this.#remembered.clear();
    if (change.of === 'users' || change.of === 'htpasswd') await this.#options.accounts.chooseDecoy();
    await this.#identifyNobody();
  }

  /** The `WWW-Authenticate` header of a 401. */
  challengeFor(request: ChallengedRequest): string {
    return challengeFor(request, this.#options.challenge, this.#isOpenToEverybody);
  }

  #identifyNobody(): Identity | Promise<Identity> {
    return this.#anonymous?.epoch === this.#epoch ? this.#anonymous.identity : this.#readNobody();
  }

  async #readNobody(): Promise<Identity> {
    const epoch = this.#epoch;
    const account = await this.#options.accounts.find(ANONYMOUS.id);
    if (account === undefined) throw new Error('there is no anonymous account');
    const identity = identityOf({ account, scheme: 'none' });
    if (epoch === this.#epoch) {
      this.#anonymous = { identity, epoch };
      this.#isOpenToEverybody = (account.rights.anywhere & ALL_ACTIONS) !== NO_ACTIONS;
    }
    return identity;
  }

  /** Requests that come with a credential while it is being checked wait for that one check. */
  #identifyTogether(asking: Asking): Promise<Identity> {
    // What is accepted for an upload is not for all.
    const key = `${asking.key} ${asking.acceptExpiredSeconds}`;
    const underway = this.#underway;
    const joined = underway.get(key);
    if (joined !== undefined) return joined;
    const identity = this.#identifyAlone(asking).finally(() => underway.delete(key));
    underway.set(key, identity);
    return identity;
  }

  async #identifyAlone(asking: Asking): Promise<Identity> {
    const renewed = await this.#renew(asking.key);
    if (renewed !== undefined) return renewed;
    const epoch = this.#epoch;
    this.#refused.check(asking.key, epoch);
    const checked = await this.#check(asking, epoch);
    const identity = identityOf(checked);
    if (!checked.expired) this.#remember(asking.key, { checked, identity, epoch });
    return identity;
  }

  async #check({ key, credential, source, acceptExpiredSeconds }: Asking, epoch: number): Promise<CheckedCredential> {
    const wasRight = this.#remembered.get(key) !== undefined;
    const wasWrong = this.#refused.has(key);
    try {
      return await this.#options.credentials.check(credential, { source, wasRight, wasWrong, acceptExpiredSeconds });
    } catch (error) {
      if (error instanceof CredentialsRefusedError) {
        this.#remembered.delete(key);
        // Refused before a change says nothing about after it; and a bearer token is checked faster than remembered.
        if (epoch === this.#epoch && credential.kind !== 'bearer') this.#refused.record(key, epoch, error);
      }
      throw error;
    }
  }

  /** @param found.epoch from before anything was read: if it is over by now, the next request compares again. */
  #remember(
    key: string,
    found: { readonly checked: CheckedCredential; readonly identity: Identity; readonly epoch: number },
  ): void {
    const { identity, checked, epoch } = found;
    const { scheme, ceiling, expiresAt } = checked;
    const now = this.#options.clock();
    const end = now.getTime() + this.#options.rememberSeconds * 1000;
    const forgetAt = Math.min(end, expiresAt?.getTime() ?? end);
    this.#remembered.set(key, { identity, scheme, forgetAt, epoch, ...(ceiling === undefined ? {} : { ceiling }) });
    this.#options.tokenUses.note(identity.principal, now);
  }

  /** Brings a credential that is remembered up to the present epoch; `undefined` when it has to be checked anew. */
  async #renew(key: string): Promise<Identity | undefined> {
    const known = this.#remembered.get(key);
    if (known === undefined || this.#options.clock().getTime() >= known.forgetAt) return undefined;
    const epoch = this.#epoch;
    const { principal, generation } = known.identity;
    const account = await this.#options.accounts.find(principal.id);
    if (account === undefined || account.generation !== generation) {
      this.#remembered.delete(key);
      return undefined;
    }
    const { scheme, ceiling } = known;
    const identity = identityOf({ account, scheme, ...(ceiling === undefined ? {} : { ceiling }) });
    this.#remembered.set(key, { ...known, identity, epoch });
    return identity;
  }
}
