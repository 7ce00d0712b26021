import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { startFakeHarbor } from '../../../test/fakes/harbor.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { localAdministrator, type Identity } from '../../auth/identity.ts';

const SECRET = 'canary-of-the-secret-in-use';

const NOTHING_OLD = {
  kind: 'ecr',
  document: JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1000 },
        action: { type: 'expire' },
      },
    ],
  }),
};

let installation: Installation;
let fake: Fake;
let id: string;

beforeEach(async () => {
  installation = await openInstallation();
  fake = startFakeHarbor();
  fake.users.set('bob', { username: 'bob', secret: SECRET, rights: ALL_RIGHTS });
  const app = new FakeRepository('team/app');
  fake.repositories.set('team/app', app);
  app.push({ tags: ['pr-1'] });
  app.push({ tags: ['1.0'] });
  const form = { kind: 'harbor', form: 'password', url: fake.url, username: 'bob', secret: SECRET };
  const { document } = await askAdmin(installation, 'POST', '/registries', { project: 'pn-1', name: 'one', ...form });
  id = (document['registry'] as { id: string }).id;
});

afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await installation.close();
});

/** Somebody who may plan deletions, and this of registries. */
function whoMay(...actions: readonly string[]): Identity {
  const everything = localAdministrator();
  return Object.assign(Object.create(everything) as Identity, {
    principal: { ...everything.principal, id: 'user:reader', name: 'reader' },
    allowsInProject: (action: string) => actions.includes(action),
  });
}

async function ask(method: string, path: string, body?: unknown, identity: Identity = localAdministrator()) {
  const request = new Request(`http://localhost/api/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await installation.api(request, identity);
  return { status: response.status, text: await response.text() };
}

async function planned(): Promise<string> {
  const selection = { registry: id, repositories: 'team/*', tags: ['pr-*'] };
  const { document } = await askAdmin(installation, 'POST', '/plans', selection);
  return (document['plan'] as { id: string }).id;
}

describe('plans for a connected registry', () => {
  it('are made and seen by who may look into it, and applied by who manages it', async () => {
    const plan = await planned();
    const selection = { registry: id, repositories: 'team/app', tags: ['pr-*'] };
    const reader = whoMay('registries:read');
    expect((await ask('POST', '/plans', selection, reader)).status).toBe(201);
    expect((await ask('GET', `/plans/${plan}/items`, undefined, reader)).status).toBe(200);
    expect((await ask('POST', `/plans/${plan}/apply`, {}, reader)).status).toBe(403);
    expect((await ask('DELETE', `/plans/${plan}`, undefined, reader)).status).toBe(403);
    expect(fake.repositories.get('team/app')?.tags.has('pr-1')).toBe(true);
    const manager = whoMay('registries:read', 'registries:manage');
    expect((await ask('POST', `/plans/${plan}/apply`, {}, manager)).text).toContain('"event":"done"');
    expect([...(fake.repositories.get('team/app')?.tags.keys() ?? [])]).toEqual(['1.0']);
  });

  it('are discarded by who made them, who may look into it only', async () => {
    const reader = whoMay('registries:read');
    const selection = { registry: id, repositories: 'team/app', tags: ['pr-*'] };
    const { text } = await ask('POST', '/plans', selection, reader);
    const { plan } = JSON.parse(text) as { plan: { id: string } };
    expect(text).not.toContain('user:reader');
    expect((await ask('DELETE', `/plans/${plan.id}`, undefined, reader)).status).toBe(200);
    expect((await ask('GET', `/plans/${plan.id}`)).status).toBe(404);
  });

  it('are made one at a time for each registry', async () => {
    const selection = { registry: id, repositories: 'team/app', tags: ['pr-*'] };
    const meanwhile: string[] = [];
    const reply = async () => {
      for (const [path, body] of [
        ['/plans', selection],
        ['/policy-previews', { ...NOTHING_OLD, patterns: ['team/app'], registry: id }],
      ] as const) {
        const { status, text } = await ask('POST', path, body);
        meanwhile.push(`${status} ${text}`);
      }
      return undefined;
    };
    fake.interrupt({ reply });
    expect((await ask('POST', '/plans', selection, whoMay('registries:read'))).status).toBe(201);
    expect(meanwhile).toEqual([
      expect.stringMatching(/^409 .*PLAN_BEING_MADE/),
      expect.stringMatching(/^409 .*PLAN_BEI/),
    ]);
    expect((await ask('POST', '/plans', selection)).status).toBe(201);
  });

  it('are twenty at most that somebody made and nobody applied', async () => {
    const reader = whoMay('registries:read');
    const selection = { registry: id, repositories: 'team/app', tags: ['pr-*'] };
    const make = () => ask('POST', '/plans', selection, reader);
    const made = await make();
    for (let at = 1; at < 20; at += 1) expect((await make()).status).toBe(201);
    const refused = await make();
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('discard some, or wait')]);
    expect((await ask('POST', '/plans', selection)).status).toBe(201);
    const { plan } = JSON.parse(made.text) as { plan: { id: string } };
    await ask('DELETE', `/plans/${plan.id}`, undefined, reader);
    expect((await make()).status).toBe(201);
    installation.clock.now = new Date(installation.clock.now.getTime() + 90_000_000);
    expect((await make()).status).toBe(201);
  });

  it('are nobody else’s to see', async () => {
    const plan = await planned();
    const stranger = whoMay();
    const selection = { registry: id, repositories: '**', tags: ['*'] };
    expect((await ask('POST', '/plans', selection, stranger)).status).toBe(404);
    expect((await ask('GET', `/plans/${plan}`, undefined, stranger)).status).toBe(404);
    expect((await ask('GET', `/plans?registry=${id}`, undefined, stranger)).status).toBe(404);
  });

  it('are listed with their registry, and not among those for this one', async () => {
    const plan = await planned();
    expect((await ask('GET', '/plans')).text).not.toContain(plan);
    const { text } = await ask('GET', `/plans?registry=${id}`);
    expect(JSON.parse(text)).toMatchObject({ plans: [{ id: plan, source: { kind: 'remote', name: 'one' } }] });
    expect((await ask('DELETE', `/plans/${plan}`)).status).toBe(200);
    expect((await ask('GET', `/plans/${plan}`)).status).toBe(404);
  });

  it('are made of policies, too', async () => {
    installation.clock.now = new Date('2027-11-20T10:00:00Z');
    const rule = {
      rulePriority: 1,
      selection: { tagStatus: 'tagged', tagPrefixList: ['pr-'], countType: 'sinceImagePushed', countUnit: 'days' },
      action: { type: 'expire' },
    };
    const rules = [{ ...rule, selection: { ...rule.selection, countNumber: 30 } }];
    const policy = { kind: 'ecr', document: JSON.stringify({ rules }), patterns: ['team/app'], registry: id };
    const { status, text } = await ask('POST', '/policy-previews', policy);
    expect(status).toBe(201);
    const { plan } = JSON.parse(text) as { plan: { id: string } };
    expect((await ask('POST', '/policy-previews', policy, whoMay())).status).toBe(404);
    expect((await ask('POST', `/plans/${plan.id}/apply`, {})).text).toContain('"event":"done"');
    expect([...(fake.repositories.get('team/app')?.tags.keys() ?? [])]).toEqual(['1.0']);
  });

  it('write down what they deleted, and no secret', async () => {
    await ask('POST', `/plans/${await planned()}/apply`, {});
    const { text } = await ask('GET', '/audit?limit=50');
    expect(text).toContain('registry.images-deleted');
    expect(text).toContain('plan.applied');
    expect(text).not.toContain(SECRET);
  });
});
