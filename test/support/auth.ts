import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { basicAuthorization } from '../../src/auth/credentials/credential.ts';
import type { Identity } from '../../src/auth/identity.ts';
import { openAuth, type Auth, type AuthOptions } from '../../src/auth/open.ts';
import type { LoginFailure } from '../../src/auth/passwords/login-failure.ts';
import type { Database } from '../../src/metadata/database.ts';
import { openTestDatabase } from './test-database.ts';

/** A clock that stands still until it is told to move. */
export class StoppedClock {
  #now = new Date('2026-11-20T10:00:00Z').getTime();

  readonly now = (): Date => new Date(this.#now);

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

/** Identity on a real database in a temporary folder. */
export interface TestAuth extends Auth {
  readonly database: Database;
  readonly folder: string;
  readonly clock: StoppedClock;
  readonly warnings: string[];
  readonly failures: LoginFailure[];
  login(username: string, password: string, source?: string): Promise<Identity>;
  identify(authorization: string | null, options?: { acceptExpiredSeconds?: number }): Promise<Identity>;
  /** Opens the same folder again, as a restart would. */
  reopen(options?: Partial<AuthOptions>): Promise<TestAuth>;
  dispose(): Promise<void>;
}

export async function openTestAuth(options: Partial<AuthOptions> = {}): Promise<TestAuth> {
  const folder = await mkdtemp(join(tmpdir(), 'havre-auth-'));
  return openIn(folder, new StoppedClock(), options);
}

async function openIn(folder: string, clock: StoppedClock, options: Partial<AuthOptions>): Promise<TestAuth> {
  const database = await openTestDatabase(folder);
  const warnings: string[] = [];
  const failures: LoginFailure[] = [];
  const auth = await openAuth({
    database,
    clock: clock.now,
    onWarning: (message) => warnings.push(message),
    onFailure: (failure) => failures.push(failure),
    ...options,
  });
  const identify: TestAuth['identify'] = async (authorization, wanted) =>
    auth.authenticator.identify(authorization, { source: '192.0.2.1' }, wanted);
  const close = async (): Promise<void> => {
    await auth.close();
    await database.close();
  };
  return {
    ...auth,
    database,
    folder,
    clock,
    warnings,
    failures,
    identify,
    login: async (username, password, source = '192.0.2.1') =>
      auth.authenticator.identify(basicAuthorization(username, password), { source }),
    reopen: async (again = options) => {
      await close();
      return openIn(folder, clock, again);
    },
    dispose: async () => {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}
