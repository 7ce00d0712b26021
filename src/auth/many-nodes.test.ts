import { describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { basicAuthorization } from './credentials/credential.ts';
import { openAuth, type Auth } from './open.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { newPostgresDatabase, openTestPostgres, postgresRunsHere } from '../../test/support/postgres.ts';
import { asShared } from '../../test/support/shared-database.ts';
import type { Database } from '../metadata/database.ts';
import { listSecrets } from '../metadata/secrets.ts';
import { openSqlite } from '../metadata/sqlite/open.ts';
import { StorageUnavailableError } from '../oci/errors.ts';
import { CredentialsRefusedError } from './credentials/refusal.ts';
import type { Identity } from './identity.ts';

const CLIENT = { source: '192.0.2.1' };

type Engine = 'SQLite' | 'PostgreSQL';

/** A database that several nodes share, and what they ask of it. */
async function sharedDatabaseOn(engine: Engine) {
  const folder = temporaryFolder('nodes');
  const shared =
    engine === 'SQLite'
      ? await asShared(await openSqlite(join(folder, 'havre.db')))
      : await openTestPostgres(await newPostgresDatabase());
  const nodes: Auth[] = [];
  const questions = { count: 0, isBroken: false, hold: undefined as Promise<void> | undefined };
  const db: Database = {
    ...shared,
    isShared: true,
    all: async (question, parameters) => {
      questions.count += 1;
      await questions.hold;
      if (questions.isBroken) throw new StorageUnavailableError();
      return shared.all(question, parameters);
    },
  };
  return {
    db,
    questions,
    openNode: async (): Promise<Auth> => {
      const auth = await openAuth({ database: db, onWarning: () => {}, onFailure: () => {} });
      nodes.push(auth);
      return auth;
    },
    [Symbol.asyncDispose]: async () => {
      for (const auth of nodes) await auth.close();
      await shared.close();
      removeFolder(folder);
    },
  };
}

async function identify({ authenticator }: Auth, authorization: string | null): Promise<Identity> {
  return authenticator.identify(authorization, CLIENT);
}

function refusal(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    () => 'accepted',
    (error: unknown) => error,
  );
}

const ENGINES: readonly Engine[] = [
  'SQLite',
  ...(postgresRunsHere('what nodes know of each other, on PostgreSQL') ? (['PostgreSQL'] as const) : []),
];

describe.if(ENGINES.includes('PostgreSQL'))('after a failover that lost the last change', () => {
  it('the change that follows holds on a node that had seen the lost one', async () => {
    const url = await newPostgresDatabase();
    const db = await openTestPostgres(url);
    const options = { database: db, onWarning: () => {}, onFailure: () => {} };
    const auths = [await openAuth(options), await openAuth(options)] as const;
    const [one, two] = auths;
    const { secret } = await one.tokens.create({ name: 'ci', scope: [{ pattern: '**', actions: ['pull'] }] });
    await using sql = new Bun.SQL(url, { max: 1 });
    const numbers = await sql.unsafe('select topic, number from identity_changes');
    await one.tokens.create({ name: 'lost', scope: [{ pattern: '**', actions: ['pull'] }] });
    expect((await identify(two, basicAuthorization('ci', secret))).allows('pull', 'a')).toBe(true);
    await sql.unsafe(
      `alter table tokens disable trigger all; delete from tokens where name = 'lost'; alter table tokens enable trigger all`,
    );
    for (const { topic, number } of numbers) {
      await sql.unsafe('update identity_changes set number = $1 where topic = $2', [String(number), topic]);
    }
    await one.tokens.revoke('ci');
    expect(await refusal(identify(two, basicAuthorization('ci', secret)))).toBeInstanceOf(CredentialsRefusedError);
    for (const auth of auths) await auth.close();
    await db.close();
  });
});

describe.each(ENGINES)('on %s, what one node changes holds on the others with its acknowledgement', (engine) => {
  it('a revoked token is refused', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const [one, two] = [await shared.openNode(), await shared.openNode()];
    const { secret } = await one.tokens.create({ name: 'ci', scope: [{ pattern: '**', actions: ['pull'] }] });
    const authorization = basicAuthorization('ci', secret);
    expect((await identify(two, authorization)).allows('pull', 'a')).toBe(true);
    await one.tokens.revoke('ci');
    expect(await refusal(identify(two, authorization))).toBeInstanceOf(CredentialsRefusedError);
  });

  it('a grant is had, and lost', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const [one, two] = [await shared.openNode(), await shared.openNode()];
    await one.users.create({ name: 'ada', password: 'a password for ada' });
    const authorization = basicAuthorization('ada', 'a password for ada');
    expect((await identify(two, authorization)).allows('pull', 'team/app')).toBe(false);
    const { id } = await one.grants.add('ada', { pattern: 'team/**', actions: ['pull'] });
    expect((await identify(two, authorization)).allows('pull', 'team/app')).toBe(true);
    await one.grants.remove(id);
    expect((await identify(two, authorization)).allows('pull', 'team/app')).toBe(false);
  });

  it('what everybody may do', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const [one, two] = [await shared.openNode(), await shared.openNode()];
    expect((await identify(two, null)).allows('pull', 'public/app')).toBe(false);
    await one.grants.add('anonymous', { pattern: 'public/**', actions: ['pull'] });
    expect((await identify(two, null)).allows('pull', 'public/app')).toBe(true);
  });

  it('a password, and what was issued under the old one', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const [one, two] = [await shared.openNode(), await shared.openNode()];
    await one.users.create({ name: 'ada', password: 'a password for ada' });
    const old = basicAuthorization('ada', 'a password for ada');
    const { body } = await two.tokenService.get(new URLSearchParams(), old, CLIENT.source);
    const bearer = `Bearer ${'token' in body ? body.token : ''}`;
    expect((await identify(two, bearer)).principal.name).toBe('ada');
    await one.users.changePassword('ada', 'another password for ada');
    expect(await refusal(identify(two, old))).toBeInstanceOf(CredentialsRefusedError);
    expect(await refusal(identify(two, bearer))).toBeInstanceOf(CredentialsRefusedError);
    expect((await identify(two, basicAuthorization('ada', 'another password for ada'))).principal.name).toBe('ada');
  });

  it('the key of bearer tokens', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const [one, two] = [await shared.openNode(), await shared.openNode()];
    const { secret } = await one.tokens.create({ name: 'ci', scope: [{ pattern: '**', actions: ['pull'] }] });
    const tokenOf = async (node: Auth): Promise<string> => {
      const { body } = await node.tokenService.get(new URLSearchParams(), basicAuthorization('ci', secret), '::1');
      return `Bearer ${'token' in body ? body.token : ''}`;
    };
    expect((await identify(two, await tokenOf(one))).principal.name).toBe('ci');
    await one.rotateKeys();
    expect((await identify(two, await tokenOf(one))).principal.name).toBe('ci');
    const early = await tokenOf(two);
    await one.rotateKeys();
    await one.rotateKeys();
    expect(await refusal(identify(two, early))).toBeInstanceOf(CredentialsRefusedError);
  });
});

describe.each(ENGINES)('on %s, nodes that start together', (engine) => {
  it('make one administrator, whose password one of them tells, and one key', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const nodes = await Promise.all(Array.from({ length: 5 }, () => shared.openNode()));
    const made = await Promise.all(nodes.map((node) => node.ensureAdministrator({})));
    expect(made.filter((administrator) => administrator !== undefined)).toHaveLength(1);
    expect(await listSecrets(shared.db, 'bearer-signing')).toHaveLength(1);
  });

  it('agree on the password of the configuration, without ending what was issued', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const nodes = await Promise.all(Array.from({ length: 4 }, () => shared.openNode()));
    const names = { username: 'admin', password: 'from the configuration' };
    await Promise.all(nodes.map((node) => node.ensureAdministrator(names)));
    const generations = await Promise.all(
      nodes.map((node) => identify(node, basicAuthorization('admin', 'from the configuration'))),
    );
    expect(new Set(generations.map(({ generation }) => generation))).toEqual(new Set(['1']));
  });
});

describe.each(ENGINES)('on %s, asking what changed', (engine) => {
  it('is one question for all who wait, and never one that began before they came', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const node = await shared.openNode();
    await identify(node, null);
    const { promise, resolve } = Promise.withResolvers<void>();
    shared.questions.hold = promise;
    shared.questions.count = 0;
    const asking = Array.from({ length: 100 }, () => identify(node, null));
    resolve();
    await Promise.all(asking);
    // The first one's, and one for the ninety-nine who came while it was under way.
    expect(shared.questions.count).toBe(2);
  });

  it('lets nobody in while nobody can answer, and goes on when somebody can', async () => {
    await using shared = await sharedDatabaseOn(engine);
    const node = await shared.openNode();
    await identify(node, null);
    shared.questions.isBroken = true;
    const outcomes = await Promise.all([1, 2, 3].map(() => refusal(identify(node, null))));
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(StorageUnavailableError);
    shared.questions.isBroken = false;
    expect((await identify(node, null)).principal.id).toBe('anonymous');
  });
});
