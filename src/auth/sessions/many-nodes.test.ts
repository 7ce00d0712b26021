import { describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { newPostgresDatabase, openTestPostgres, postgresRunsHere } from '../../../test/support/postgres.ts';
import { asShared } from '../../../test/support/shared-database.ts';
import { openSqlite } from '../../metadata/sqlite/open.ts';
import type { Identity } from '../identity.ts';
import { openAuth, type Auth } from '../open.ts';

const PASSWORD = 'a long enough password';

const ENGINES = [
  'SQLite',
  ...(postgresRunsHere('sessions that nodes share, on PostgreSQL') ? (['PostgreSQL'] as const) : []),
] as const;

async function twoNodesOn(engine: (typeof ENGINES)[number]) {
  const folder = temporaryFolder('session-nodes');
  const db =
    engine === 'SQLite'
      ? await asShared(await openSqlite(join(folder, 'havre.db')))
      : await openTestPostgres(await newPostgresDatabase());
  const options = { database: db, onWarning: () => {}, onFailure: () => {} };
  const [one, two] = [await openAuth(options), await openAuth(options)];
  await one.users.create({ name: 'ada', password: PASSWORD });
  return {
    one,
    two,
    [Symbol.asyncDispose]: async () => {
      await one.close();
      await two.close();
      await db.close();
      removeFolder(folder);
    },
  };
}

/** Logs in at one node, and is known at the other. */
async function loggedIn({ one, two }: { one: Auth; two: Auth }, password = PASSWORD) {
  const { secret, identity } = await one.sessions.begin({ username: 'ada', password }, SOMEBODY);
  expect(await two.sessions.identify(secret)).toBeDefined();
  return { secret, identity };
}

describe.each(ENGINES)('on %s, a session that one node began', (engine) => {
  const endings: readonly [
    string,
    (node: Auth, session: { identity: Identity; secret: string }) => Promise<unknown>,
  ][] = [
    ['that logs out', ({ sessions }, { identity }) => sessions.end(identity, identity.sessionId ?? '', SOMEBODY)],
    [
      'that all others of its user end',
      ({ sessions }, { identity: { principal, generation } }) =>
        sessions.endOthers({ principal, generation }, SOMEBODY),
    ],
    ['that an administrator ends', ({ sessions }) => sessions.endAllOf('ada', SOMEBODY)],
    ['whose user is removed', ({ users }) => users.remove('ada')],
    ['whose password is changed', ({ users }) => users.changePassword('ada', 'another long password')],
  ];
  for (const [what, end] of endings) {
    it(`${what} is ended on the other with the acknowledgement`, async () => {
      await using nodes = await twoNodesOn(engine);
      const session = await loggedIn(nodes);
      await end(nodes.one, session);
      expect(await nodes.two.sessions.identify(session.secret)).toBeUndefined();
      expect(await nodes.one.sessions.identify(session.secret)).toBeUndefined();
    });
  }

  it('with a token that is revoked is ended on the other with the acknowledgement', async () => {
    await using nodes = await twoNodesOn(engine);
    const { secret } = await nodes.one.tokens.create({ name: 'ci', owner: 'ada' });
    const session = await loggedIn(nodes, secret);
    await nodes.two.tokens.revoke('ci');
    expect(await nodes.one.sessions.identify(session.secret)).toBeUndefined();
  });

  it('may at once what is granted on the other, and no more what is taken away there', async () => {
    await using nodes = await twoNodesOn(engine);
    const { secret } = await loggedIn(nodes);
    const { id } = await nodes.two.grants.add('ada', { pattern: 'a', actions: ['pull'] });
    expect((await nodes.one.sessions.identify(secret))?.allows('pull', 'a')).toBe(true);
    await nodes.two.grants.remove(id);
    expect((await nodes.one.sessions.identify(secret))?.allows('pull', 'a')).toBe(false);
  });

  it('goes on everywhere when the password is changed in it, and only it', async () => {
    await using nodes = await twoNodesOn(engine);
    const [kept, other] = [await loggedIn(nodes), await loggedIn(nodes)];
    const change = { identity: kept.identity, current: PASSWORD, password: 'another long password' };
    await nodes.two.ownPassword.change(change, SOMEBODY);
    for (const { sessions } of [nodes.one, nodes.two]) {
      expect(await sessions.identify(kept.secret)).toBeDefined();
      expect(await sessions.identify(other.secret)).toBeUndefined();
    }
  });

  it('gives way when both nodes begin more than one account may have', async () => {
    await using nodes = await twoNodesOn(engine);
    const login = { username: 'ada', password: PASSWORD };
    const begun = Array.from({ length: 60 }, (_, i) =>
      (i % 2 === 0 ? nodes.one : nodes.two).sessions.begin(login, SOMEBODY),
    );
    const [first] = await Promise.all(begun);
    if (first === undefined) throw new Error('no session was begun');
    expect(await nodes.one.sessions.list(first.identity)).toHaveLength(50);
  });
});
