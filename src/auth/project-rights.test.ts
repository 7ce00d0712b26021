import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import { openTestAuth, type TestAuth } from '../../test/support/auth.ts';
import { grantAccess } from './bearer/access.ts';
import type { Identity } from './identity.ts';
import { PROJECT_ACTIONS, type GrantableAction, type ProjectAction } from './principal.ts';

const PASSWORD = 'a long enough password';

let auth: TestAuth;
let tokenByName: Map<string, string>;

beforeEach(async () => {
  auth = await openTestAuth();
  tokenByName = new Map();
  await auth.users.create({ name: 'root', password: PASSWORD, isAdministrator: true });
  for (const name of ['reader', 'user', 'manager', 'pusher', 'nobody'])
    await auth.users.create({ name, password: PASSWORD });
  await auth.grants.add('reader', { pattern: 'pn-*', actions: ['registries:read'] });
  await auth.grants.add('user', { pattern: 'pn-1', actions: ['registries:use'] });
  await auth.grants.add('manager', { pattern: 'pn-1', actions: ['registries:manage'] });
  await auth.grants.add('pusher', { pattern: '**', actions: ['admin'] });
  const make = async (name: string, more: { owner?: string; actions?: readonly GrantableAction[] }): Promise<void> => {
    const { owner, actions } = more;
    const scope = actions === undefined ? undefined : [{ pattern: 'pn-1', actions }];
    const { secret } = await auth.tokens.create({ name, ...(owner && { owner }), ...(scope && { scope }) });
    tokenByName.set(name, secret);
  };
  await make('robot', {});
  await auth.grants.add('token:robot', { pattern: 'pn-1', actions: ['registries:use'] });
  await make('scoped-robot', { actions: ['registries:manage'] });
  await make('lesser-root', { owner: 'root', actions: ['registries:read'] });
  await make('pull-of-root', { owner: 'root', actions: ['pull'] });
  await make('use-of-reader', { owner: 'reader', actions: ['registries:use'] });
});

afterEach(() => auth.dispose());

function identityOf(name: string): Promise<Identity> {
  const secret = tokenByName.get(name);
  return secret === undefined ? auth.login(name, PASSWORD) : auth.identify(`Bearer ${secret}`);
}

function mayDo(identity: Identity, project: string): readonly ProjectAction[] {
  return PROJECT_ACTIONS.filter((action) => identity.allowsInProject(action, project));
}

describe('in a project', () => {
  const read = ['registries:read'];
  const use = [...read, 'registries:use'];
  const manage = [...use, 'registries:manage'];
  const table = [
    // Somebody, in pn-1, in pn-2, in other
    ['root', manage, manage, manage],
    ['reader', read, read, []],
    ['user', use, [], []],
    ['manager', manage, [], []],
    ['pusher', [], [], []],
    ['nobody', [], [], []],
    ['robot', use, [], []],
    ['scoped-robot', manage, [], []],
    ['lesser-root', read, [], []],
    ['pull-of-root', [], [], []],
    ['use-of-reader', read, [], []],
  ] as const;
  it.each(table.map((row) => [...row]))(
    '%s may do what was granted, and what that includes',
    async (name, ...expected) => {
      const identity = await identityOf(name as string);
      expect(['pn-1', 'pn-2', 'other'].map((project) => mayDo(identity, project))).toEqual(expected as never);
    },
  );

  it('nobody does anything without a credential', async () => {
    const identity = await auth.identify(null);
    expect(mayDo(identity, 'pn-1')).toEqual([]);
  });
});

describe('what is granted in projects', () => {
  it('is nothing in repositories of the same name, nor in the catalog', async () => {
    for (const name of ['reader', 'user', 'manager', 'robot', 'scoped-robot', 'lesser-root']) {
      const identity = await identityOf(name);
      for (const action of ['pull', 'push', 'delete', 'admin'] as const) {
        expect(identity.allows(action, 'pn-1')).toBe(false);
      }
      expect(identity.canListCatalog).toBe(false);
      expect(identity.mayList('pn-1')).toBe(false);
    }
  });

  it('is never in a token of /token, whatever is asked for, nor counts with one', async () => {
    const scopes = [
      { type: 'repository', name: 'pn-1', actions: ['pull', 'registries:use', 'registries:manage', '*'] },
      { type: 'registries', name: 'pn-1', actions: ['use'] },
    ];
    expect(grantAccess(scopes, await identityOf('manager'))).toEqual([]);
    const query = new URLSearchParams({ scope: 'repository:pn-1:pull,push,registries:manage' });
    const basic = `Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}`;
    const { body } = await auth.tokenService.get(query, basic, '192.0.2.1');
    if (!('token' in body)) throw new Error('no token');
    expect(body.scope).not.toContain('registries');
    expect(mayDo(await auth.identify(`Bearer ${body.token}`), 'pn-1')).toEqual([]);
  });

  it('does not open the registry to everybody', async () => {
    await auth.grants.add('authenticated', { pattern: '**', actions: ['registries:read'] });
    expect((await auth.identify(null)).canListCatalog).toBe(false);
    expect(mayDo(await identityOf('nobody'), 'any')).toEqual(['registries:read']);
  });

  it('stands beside what is granted in repositories of the same pattern', async () => {
    await auth.grants.add('user', { pattern: 'pn-1', actions: ['pull'] });
    const identity = await identityOf('user');
    expect(identity.allows('pull', 'pn-1')).toBe(true);
    expect(identity.allowsInProject('registries:use', 'pn-1')).toBe(true);
    const ofUser = (await auth.grants.list()).filter(({ principal }) => principal.name === 'user');
    expect(ofUser.map(({ pattern, actions }) => [pattern, actions])).toEqual([
      ['pn-1', ['registries:use']],
      ['pn-1', ['pull']],
    ]);
    await auth.grants.remove(ofUser[0]?.id ?? 0);
    expect((await identityOf('user')).allowsInProject('registries:read', 'pn-1')).toBe(false);
    expect((await identityOf('user')).allows('pull', 'pn-1')).toBe(true);
  });

  const mixed = ['pull', 'registries:use'] as const;
  const apart = 'Say them apart: one for the repositories, one for the projects.';
  it('is not mixed with what is granted in repositories', async () => {
    expect(auth.grants.add('user', { pattern: '**', actions: mixed })).rejects.toThrow(apart);
    expect(auth.tokens.create({ name: 'x', scope: [{ pattern: '**', actions: mixed }] })).rejects.toThrow(apart);
  });

  it('is nothing to a version that knows of no projects', async () => {
    const rows = await auth.database.build((db) => db.selectFrom('grants').select(['pattern', 'actions']));
    const pattern = rows.find(({ actions }) => actions === 'registries:read')?.pattern ?? '';
    expect(pattern).toBe('_projects/pn-*');
    expect(() => parseRepositoryName(pattern.replace('*', '1'))).toThrow();
    expect(parseRepositoryPattern(pattern).matches('pn-1')).toBe(false);
  });

  it('is not mistaken for a pattern of repositories, nor too long for one', () => {
    expect(auth.grants.add('user', { pattern: '_projects/pn-1', actions: ['pull'] })).rejects.toThrow('no repository');
    const long = 'a'.repeat(250);
    expect(auth.grants.add('user', { pattern: long, actions: ['registries:read'] })).rejects.toThrow('characters');
  });

  it('is not for everybody', () => {
    expect(auth.grants.add('everybody', { pattern: '**', actions: ['registries:read'] })).rejects.toThrow(
      'not for everybody',
    );
  });
});
