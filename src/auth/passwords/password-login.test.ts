import { describe, expect, it } from 'bun:test';
import { StoppedClock } from '../../../test/support/auth.ts';
import { RateLimitedError } from '../../oci/errors.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import type { LoginFailure } from './login-failure.ts';
import { LoginThrottle } from './login-throttle.ts';
import { decoyHash, verifyPassword } from './password.ts';
import { PasswordLogin, type PasswordAttempt } from './password-login.ts';
import { VerificationQueue } from './verification-queue.ts';

const HASH = '$2y$05$LPgVLgm66ZI/oen9kE.08e.NRnzqLFCgsyGWRh1hpnlJp2DTyBmWG'; // password
const ATTEMPT: PasswordAttempt = {
  username: 'ada',
  password: 'password',
  source: 'home',
  wasRight: false,
  wasWrong: false,
};

/** One user, ada, and the real check of passwords with a list of what it was asked. */
function setUp() {
  const clock = new StoppedClock();
  const checked: string[] = [];
  const failures: LoginFailure[] = [];
  const login = new PasswordLogin({
    accounts: {
      findPassword: async (name) =>
        name === 'ada' ? { accountId: 'htpasswd:ada', generation: '1', hash: HASH } : undefined,
      decoy: decoyHash(0, [HASH]),
    },
    verify: (password, hash) => {
      checked.push(hash);
      return verifyPassword(password, hash);
    },
    throttle: new LoginThrottle({ clock: clock.now }),
    queue: new VerificationQueue({ concurrency: 2, capacity: 100 }),
    onFailure: (failure) => failures.push(failure),
  });
  return { login, clock, checked, failures };
}

function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

describe('a login', () => {
  it('gives the account of a right password', async () => {
    const { login, failures } = setUp();
    expect(await login.verify(ATTEMPT)).toMatchObject({ accountId: 'htpasswd:ada', generation: '1' });
    expect(failures).toEqual([]);
  });

  it('costs the same check, and gets the same answer, whether or not the user exists', async () => {
    const { login, checked } = setUp();
    const wrong = await outcome(login.verify({ ...ATTEMPT, password: 'wrong' }));
    const unknown = await outcome(login.verify({ ...ATTEMPT, username: 'nobody' }));
    expect(wrong).toBeInstanceOf(CredentialsRefusedError);
    expect(unknown).toEqual(wrong);
    expect(checked).toHaveLength(2);
    const kindAndCost = checked.map((hash) => hash.replace('$2y$', '$2b$').slice(0, 7));
    expect(kindAndCost).toEqual(['$2b$05$', '$2b$05$']);
  });

  it('says why a long password cannot be right, to everybody alike', async () => {
    const { login, checked } = setUp();
    const password = 'a'.repeat(73);
    const known = await outcome(login.verify({ ...ATTEMPT, password }));
    const unknown = await outcome(login.verify({ ...ATTEMPT, password, username: 'nobody' }));
    expect(known).toEqual(unknown);
    expect(String(known)).toContain('at most 72 bytes');
    expect(checked).toHaveLength(2);
  });

  it('is refused unheard after too many failures, and told', async () => {
    const { login, clock, checked, failures } = setUp();
    for (let time = 0; time < 5; time++) await outcome(login.verify({ ...ATTEMPT, password: `wrong${time}` }));
    expect(failures.at(-1)).toEqual({ kind: 'password', source: 'home', account: 'ada', failures: 5, waitSeconds: 1 });
    const refused = await outcome(login.verify(ATTEMPT));
    expect(refused).toBeInstanceOf(RateLimitedError);
    expect(refused).toMatchObject({ headers: { 'Retry-After': '1' } });
    expect(checked).toHaveLength(5);
    clock.advance(1);
    expect(await login.verify(ATTEMPT)).toMatchObject({ accountId: 'htpasswd:ada' });
  });

  it('is refused when failures came while it waited', async () => {
    const { login, checked } = setUp();
    const guesses = Array.from({ length: 100 }, (_, index) =>
      outcome(login.verify({ ...ATTEMPT, password: `guess${index}` })),
    );
    const outcomes = await Promise.all(guesses);
    expect(checked.length).toBeLessThan(10);
    expect(outcomes.filter((error) => error instanceof RateLimitedError).length).toBeGreaterThan(90);
  });

  it('with credentials that were right is heard whatever others did', async () => {
    const { login } = setUp();
    for (let time = 0; time < 20; time++) await outcome(login.verify({ ...ATTEMPT, password: `wrong${time}` }));
    expect(await login.verify({ ...ATTEMPT, wasRight: true })).toMatchObject({ accountId: 'htpasswd:ada' });
  });

  it('with credentials that were wrong before is counted once', async () => {
    const { login, failures } = setUp();
    const attempt = { ...ATTEMPT, password: 'old password' };
    await outcome(login.verify(attempt));
    for (let time = 0; time < 20; time++) await outcome(login.verify({ ...attempt, wasWrong: true }));
    expect(failures).toHaveLength(1);
    expect(await login.verify(ATTEMPT)).toMatchObject({ accountId: 'htpasswd:ada' });
  });
});
