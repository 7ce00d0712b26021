import type { Actor } from '../metadata/actor.ts';
import type { ConnectionRow } from '../metadata/connections.ts';
import type { Secrets } from '../encryption/secrets.ts';
import type { Minting, MintedSecret } from '../providers/account.ts';
import { ProviderError } from '../providers/provider-error.ts';
import type { Accounts } from './accounts.ts';
import {
  ConnectionChangedError,
  ConnectionError,
  ConnectionInvalidError,
  ConnectionNotFoundError,
  RotationError,
} from './connection-errors.ts';
import type { Deed, Records } from './records.ts';
import { sealField, secretContext } from './sealed-fields.ts';
import type { OtherSecret, StoredConnection } from './stored.ts';
import { tryAccount, type Trial } from './trial.ts';

export interface RotationParts {
  readonly records: Records;
  readonly accounts: Accounts;
  readonly secrets: Pick<Secrets, 'seal'>;
  readonly now: () => Date;
  /** So long an old secret is kept beside one that Havre made, in hours. */
  readonly keepOldHours: number;
}

export interface NewSecret {
  readonly username?: string;
  readonly secret: string;
  readonly expiresAt?: Date;
}

/** Half a request is worse than a late answer: what makes or ends secrets is not cut off with its client. */
const MOST_SECONDS = 120;
const HOUR = 3_600_000;

/** Replaces secrets in steps, so that there is one that works at any time. */
export class Rotation {
  readonly #parts: RotationParts;
  readonly #counts = { ok: 0, failed: 0 };

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  /** How many secrets the registries' APIs were to make since the process started, by what came of it. */
  get counts(): Readonly<Record<'ok' | 'failed', number>> {
    return this.#counts;
  }

  /** Tries a new one, and keeps it beside the one in use if it works. */
  async stage(
    seen: StoredConnection,
    wanted: NewSecret,
    { actor, signal }: { readonly actor: Actor; readonly signal: AbortSignal },
  ): Promise<{ readonly trial: Trial; readonly stored: StoredConnection }> {
    refuseSwitched(seen);
    if (seen.settings.isAmbient === true) throw new RotationError('It has no secret: the machine says who it is.');
    if (wanted.secret === '') throw new ConnectionInvalidError([{ field: 'secret', message: 'It is empty.' }]);
    const { now } = this.#parts;
    const username = this.#usernameOf(seen, wanted.username);
    const trial = await this.#try(seen, { username, secret: wanted.secret }, signal);
    if (trial.problem !== undefined) return { trial, stored: seen };
    const ends = trial.report?.secretExpiresAt?.getTime();
    const setAt = now().getTime();
    const other: OtherSecret = {
      username,
      setAt,
      testedAt: setAt,
      expiresAt: ends ?? wanted.expiresAt?.getTime() ?? null,
      expirySource: ends !== undefined ? 'registry' : wanted.expiresAt !== undefined ? 'hand' : null,
      reference: null,
    };
    const changes = await this.#staged(seen, wanted.secret, other);
    return { trial, stored: await this.#change(seen, changes, { actor, action: 'registry.secret-staged' }) };
  }

  /** Uses it, and keeps the old one. */
  async switch(seen: StoredConnection, actor: Actor): Promise<StoredConnection> {
    if (seen.row.rotation !== 'tested') {
      throw new RotationError('There is no new secret to switch to: give one first, which is then tried.');
    }
    const changes = exchanged(seen, this.#parts.now());
    return await this.#change(seen, changes, { actor, action: 'registry.secret-switched' });
  }

  /** Forgets the old one, and ends it at the registry where its API can. */
  async confirm(seen: StoredConnection, actor: Actor): Promise<StoredConnection> {
    if (seen.row.rotation !== 'switched') {
      throw new RotationError('There is no old secret to forget: none was replaced, or it is forgotten already.');
    }
    // From here on nobody gets the old one back: it would be one that the registry does not know any more.
    const ending = { actor, action: 'registry.secret-ending' };
    const claimed = await this.#change(seen, otherThatEnds(seen, true), ending);
    const revoked = await this.#revoked(claimed).catch(async (error: unknown) => {
      const deed = { actor, action: 'registry.secret-kept', outcome: 'failed' as const };
      // Changed meanwhile, it can still be confirmed once more.
      await this.#change(claimed, otherThatEnds(claimed, false), deed).catch(() => undefined);
      throw error;
    });
    const deed = { actor, action: 'registry.secret-confirmed', details: { revoked } };
    return await this.#change(claimed, ALONE, deed);
  }

  /** Back to the old one, or only forgets the new one. */
  async cancel(seen: StoredConnection, actor: Actor): Promise<StoredConnection> {
    const { rotation } = seen.row;
    if (rotation === 'none') throw new RotationError('No secret is being replaced.');
    if (seen.other?.isEnding === true) {
      throw new RotationError(
        'The old secret is being ended at the registry, and cannot be had back: confirm that again.',
      );
    }
    const changes = rotation === 'switched' ? { ...exchanged(seen, this.#parts.now()), ...ALONE } : ALONE;
    const unused = rotation === 'switched' ? seen.row.secretReference : seen.other?.reference;
    const deed = { actor, action: 'registry.rotation-cancelled', details: { from: rotation } };
    const stored = await this.#change(seen, changes, deed);
    // One that Havre had made for this is of no use any more. It does no harm either where it cannot be ended.
    if (unused !== null && unused !== undefined) await this.#revoke(stored, unused).catch(() => undefined);
    return stored;
  }

  /**
   * Has the registry make a new one, tries it and uses it; the old one is forgotten some hours later. Where that fails,
   * it is told as an event: whoever relies on it has to know before the old one ends.
   */
  async mint(seen: StoredConnection, actor: Actor, signal: AbortSignal): Promise<StoredConnection> {
    refuseSwitched(seen);
    try {
      const stored = await this.#mint(seen, actor, signal);
      this.#counts.ok += 1;
      return stored;
    } catch (error) {
      const problem = problemOf(error);
      if (problem !== undefined) {
        this.#counts.failed += 1;
        const deed = { actor, action: 'registry.rotation-failed', outcome: 'failed', details: { problem } } as const;
        await this.#parts.records.note(seen, deed);
      }
      throw error;
    }
  }

  async #mint(seen: StoredConnection, actor: Actor, signal: AbortSignal): Promise<StoredConnection> {
    const { now, keepOldHours } = this.#parts;
    const minting = await this.#mintingOf(seen);
    if (minting === undefined) throw this.#cannotMint(seen);
    // Whoever comes second learns it here, before anything is made twice.
    const claimed = await this.#change(seen, ALONE, { actor, action: 'registry.rotation-started' });
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(MOST_SECONDS * 1000);
    const minted = await minting.mint(limit, claimed.row.secretReference ?? undefined);
    const staged = await this.#keep(claimed, { minted, minting }, actor);
    const made = { username: minted.username, secret: minted.secret };
    const trial = await this.#try(staged, made, AbortSignal.timeout(MOST_SECONDS * 1000));
    if (trial.problem !== undefined && minting.overlaps) {
      await this.cancel(staged, actor);
      const { diagnosis, message } = trial.problem;
      throw new RotationError(`The new secret does not work, and the old one stays: ${message}`, {
        cause: new ProviderError(diagnosis, message),
      });
    }
    const isKept = minting.overlaps && keepOldHours > 0;
    const retireAt = now().getTime() + keepOldHours * HOUR;
    const changes = exchanged(staged, now(), retireAt);
    const switched = await this.#change(staged, changes, { actor, action: 'registry.secret-switched' });
    return isKept ? switched : await this.confirm(switched, actor);
  }

  /** What was logged in with before is not used any more. */
  async #change(seen: StoredConnection, changes: Partial<ConnectionRow>, deed: Deed): Promise<StoredConnection> {
    const { records, accounts } = this.#parts;
    const stored = await records.change(seen, changes, deed);
    accounts.forget(seen.row.id);
    return stored;
  }

  /** Whether the registry's API can make secrets. */
  async canMint(stored: StoredConnection): Promise<boolean> {
    return (await this.#mintingOf(stored)) !== undefined;
  }

  async #mintingOf(stored: StoredConnection): Promise<Minting | undefined> {
    return (await this.#parts.accounts.of(stored)).account.minting;
  }

  /** At once: of one that replaces the old one at the registry, this is all that anybody has. */
  async #keep(seen: StoredConnection, { minted, minting }: Minted, actor: Actor): Promise<StoredConnection> {
    const { records, now } = this.#parts;
    const { username, secret, expiresAt, reference } = minted;
    const other: OtherSecret = {
      username,
      setAt: now().getTime(),
      expiresAt: expiresAt?.getTime() ?? null,
      expirySource: expiresAt === undefined ? null : 'registry',
      reference: reference ?? null,
    };
    const deed = { actor, action: 'registry.secret-staged', details: { minted: true } };
    try {
      return await this.#change(seen, await this.#staged(seen, secret, other), deed);
    } catch (error) {
      const isChanged = error instanceof ConnectionChangedError && !minting.overlaps;
      const current = isChanged ? await records.get(seen.row.id) : undefined;
      // A name was changed, or the like. The old secret is none any more: the new one must not be lost for that.
      if (current !== undefined && hasSameSecret(current, seen)) {
        return await this.#keep(current, { minted, minting }, actor);
      }
      if (minting.overlaps && reference !== undefined) {
        await minting.revoke(reference, AbortSignal.timeout(MOST_SECONDS * 1000)).catch(() => undefined);
      }
      throw error;
    }
  }

  async #staged(seen: StoredConnection, secret: string, other: OtherSecret): Promise<Partial<ConnectionRow>> {
    const context = secretContext({ id: seen.row.id, kind: seen.kind, url: seen.url });
    const otherSecret = await sealField(this.#parts.secrets, secret, context);
    return { rotation: 'tested', otherSecret, other: JSON.stringify(other) };
  }

  async #try(
    stored: StoredConnection,
    login: { readonly username: string; readonly secret: string },
    signal: AbortSignal,
  ): Promise<Trial> {
    const { accounts } = this.#parts;
    const opened = accounts.open({ ...(await accounts.openingOf(stored)), ...login, isProved: false });
    const { secrets } = opened;
    return tryAccount(opened.account, {
      repository: stored.settings.testRepository,
      host: stored.url.host,
      secrets,
      signal,
    });
  }

  /** Whether the old one was ended at the registry. Where it cannot be, it is forgotten all the same. */
  async #revoked(seen: StoredConnection): Promise<boolean> {
    const reference = seen.other?.reference;
    if (reference === null || reference === undefined) return false;
    try {
      return await this.#revoke(seen, reference);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (['forbidden', 'not-found', 'unsupported'].includes(error.diagnosis)) return false;
      throw new RotationError(`The old secret could not be ended, and is kept: ${error.message}`, { cause: error });
    }
  }

  async #revoke(stored: StoredConnection, reference: string): Promise<boolean> {
    const minting = await this.#mintingOf(stored);
    if (minting === undefined || !minting.overlaps) return false;
    await minting.revoke(reference, AbortSignal.timeout(MOST_SECONDS * 1000));
    return true;
  }

  #usernameOf({ kind, settings, row }: StoredConnection, wanted: string | undefined): string {
    const form = this.#parts.accounts.providerOf(kind).forms.find(({ name }) => name === settings.form);
    if (form !== undefined && form.username !== 'asked') return form.username.always;
    return wanted === undefined || wanted.trim() === '' ? row.username : wanted.trim();
  }

  #cannotMint({ kind }: StoredConnection): ConnectionInvalidError {
    const { title } = this.#parts.accounts.providerOf(kind);
    const message = `${title} cannot be asked to make secrets with these credentials: make one there, and give it here.`;
    return new ConnectionInvalidError([{ field: 'isAutomatic', message }]);
  }
}

interface Minted {
  readonly minted: MintedSecret;
  readonly minting: Minting;
}

/** What kept a secret from being replaced, in a word; `undefined`: nothing, somebody else was at it. */
function problemOf(error: unknown): string | undefined {
  if (error instanceof ProviderError) return error.diagnosis;
  if (error instanceof ConnectionChangedError || error instanceof ConnectionNotFoundError) return undefined;
  if (!(error instanceof ConnectionError)) return undefined;
  return error.cause instanceof ProviderError ? error.cause.diagnosis : error.code;
}

/** The secret in use, and no other. */
const ALONE: Partial<ConnectionRow> = { rotation: 'none', otherSecret: null, other: null };

/** Whether the secret in use is the same, for the same place. */
function hasSameSecret(one: StoredConnection, other: StoredConnection): boolean {
  const isSamePlace = one.kind === other.kind && one.url.scheme === other.url.scheme && one.url.host === other.url.host;
  return isSamePlace && one.row.secret === other.row.secret && one.row.rotation !== 'switched';
}

function otherThatEnds({ other }: StoredConnection, isEnding: boolean): Partial<ConnectionRow> {
  return other === undefined ? {} : { other: JSON.stringify({ ...other, isEnding }) };
}

function refuseSwitched({ row }: StoredConnection): void {
  if (row.rotation !== 'switched') return;
  throw new RotationError('The old secret is still kept from the last time: confirm that, or cancel it, first.');
}

/** The two secrets of a rotation in each other's place. */
function exchanged({ row, other }: StoredConnection, now: Date, retireAt?: number): Partial<ConnectionRow> {
  if (other === undefined) throw new Error('there is no other secret');
  const old: OtherSecret = {
    username: row.username,
    setAt: row.secretSetAt,
    expiresAt: row.expiresAt,
    expirySource: row.expirySource,
    reference: row.secretReference,
    ...(retireAt !== undefined && { retireAt }),
  };
  const tested = other.testedAt === undefined ? {} : { checkedAt: other.testedAt, succeededAt: other.testedAt };
  return {
    rotation: 'switched',
    secret: row.otherSecret,
    username: other.username,
    secretSetAt: other.setAt,
    secretReference: other.reference,
    expiresAt: other.expiresAt,
    expirySource: other.expirySource,
    otherSecret: row.secret,
    other: JSON.stringify(old),
    ...tested,
    reminded: '[]',
    problem: null,
    failures: 0,
    nextCheckAt: now.getTime(),
  };
}
