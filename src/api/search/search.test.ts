import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { fillRepository } from '../../../test/support/filled-repository.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { identityOf, localAdministrator, type Identity } from '../../auth/identity.ts';
import { NOTHING } from '../../auth/rights.ts';

const PASSWORD = 'a long enough password';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

interface Found {
  readonly repositories: readonly { readonly name: string }[];
  readonly tags: readonly { readonly repository: string; readonly tag: string; readonly digest: string }[];
  readonly digests: readonly { readonly repository: string; readonly digest: string }[];
  readonly registries: readonly { readonly name: string; readonly project: string }[];
}

async function ask(q: string, identity: Identity = localAdministrator()): Promise<Response> {
  const request = new Request(`http://localhost/api/v1/search?q=${encodeURIComponent(q)}`);
  return await installation.api(request, identity);
}

async function find(q: string, identity?: Identity): Promise<Found> {
  const response = await ask(q, identity);
  expect(response.status).toBe(200);
  return (await response.json()) as Found;
}

async function ada(grants: readonly (readonly [pattern: string, action: string])[]): Promise<Identity> {
  await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD });
  for (const [pattern, action] of grants) {
    const grant = { to: { kind: 'user', name: 'ada' }, pattern, actions: [action] };
    expect((await askAdmin(installation, 'POST', '/grants', grant)).status).toBe(201);
  }
  return installation.auth.authenticator.identify(basicAuthorization('ada', PASSWORD), { source: '192.0.2.1' });
}

async function connect(project: string, name: string): Promise<void> {
  const registry = { project, name, url: 'https://registry.example.org', kind: 'generic' };
  expect((await askAdmin(installation, 'POST', '/registries', registry)).status).toBe(201);
}

describe('a search', () => {
  it('finds repositories by a part, tags by their beginning, and tags of a repository', async () => {
    const digest = await fillRepository(installation.database, 'team/app', { tags: ['v1.0', 'v1.1', 'latest'] });
    await fillRepository(installation.database, 'team/web', { tags: ['v1.0'] });
    expect((await find('APP')).repositories).toEqual([{ name: 'team/app' }]);
    const { tags, repositories, digests } = await find('v1');
    expect([repositories, digests]).toEqual([[], []]);
    expect(tags.map(({ repository, tag }) => `${repository}:${tag}`)).toEqual([
      'team/app:v1.0',
      'team/web:v1.0',
      'team/app:v1.1',
    ]);
    expect((await find('app:v1.1')).tags).toEqual([{ repository: 'team/app', tag: 'v1.1', digest }]);
    expect((await find('app:')).tags).toHaveLength(3);
    expect((await find('nothing')).tags).toEqual([]);
  });

  it('finds manifests by four characters of their digest', async () => {
    const digest = await fillRepository(installation.database, 'team/app', { tags: [] });
    const encoded = digest.slice('sha256:'.length);
    for (const q of [encoded.slice(0, 4), encoded, digest.slice(0, 14), digest]) {
      expect((await find(q)).digests).toMatchObject([{ repository: 'team/app', digest }]);
    }
    expect((await find(encoded.slice(0, 3))).digests).toEqual([]);
  });

  it('has at most eight of each kind', async () => {
    for (let place = 0; place < 10; place += 1) {
      await fillRepository(installation.database, `team/app${place}`, { tags: ['app'] });
    }
    const { repositories, tags } = await find('app');
    expect([repositories.length, tags.length]).toEqual([8, 8]);
  });

  it('tells nobody of what they may not see', async () => {
    const digest = await fillRepository(installation.database, 'secret/app', { tags: ['app-1'] });
    await fillRepository(installation.database, 'team/app', { tags: ['app-2'] });
    await connect('pn-1', 'app-one');
    await connect('pn-2', 'app-two');
    const identity = await ada([
      ['team/**', 'pull'],
      ['pn-2', 'registries:read'],
    ]);
    expect(await find('app', identity)).toMatchObject({
      repositories: [{ name: 'team/app' }],
      tags: [{ repository: 'team/app', tag: 'app-2' }],
      registries: [{ name: 'app-two', project: 'pn-2' }],
    });
    expect(await find(digest, identity)).toMatchObject({ repositories: [], tags: [], digests: [], registries: [] });
    expect(await find('secret/app:app', identity)).toMatchObject({ repositories: [], tags: [] });
    expect((await find('app')).registries).toHaveLength(2);
    const principal = { kind: 'anonymous', id: 'anonymous', name: '' } as const;
    const account = { principal, generation: '', isAdministrator: false, rights: NOTHING };
    expect((await ask('app', identityOf({ account, scheme: 'none' }))).status).toBe(401);
  });
});
