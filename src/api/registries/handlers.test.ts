import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { startFakeGeneric } from '../../../test/fakes/generic.ts';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { localAdministrator, type Identity } from '../../auth/identity.ts';
import { listUnsealed } from '../../metadata/audit-rows.ts';

const PASSWORD = 'a long enough password';
const SECRET = 'canary-of-the-secret-in-use';
const NEW_SECRET = 'canary-of-the-secret-to-come';

let installation: Installation;
let fake: Fake;

beforeEach(async () => {
  installation = await openInstallation();
  fake = startFakeGeneric();
  fake.users.set('bob', { username: 'bob', secret: SECRET, rights: ALL_RIGHTS });
});

afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await installation.close();
});

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly document: any; // oxlint-disable-line typescript/no-explicit-any -- what a test expects of it, it says
}

async function ask(method: string, path: string, body?: unknown, identity?: Identity): Promise<Reply> {
  const request = new Request(`http://localhost/api/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await installation.api(request, identity ?? localAdministrator());
  const text = await response.text();
  return { status: response.status, text, document: JSON.parse(text) };
}

/** Somebody who may do that in these projects. */
async function somebody(name: string, actions: readonly string[] = [], pattern = 'pn-1'): Promise<Identity> {
  await ask('POST', '/users', { name, password: PASSWORD });
  if (actions.length > 0) await ask('POST', '/grants', { to: { kind: 'user', name }, pattern, actions });
  return installation.auth.authenticator.identify(basicAuthorization(name, PASSWORD), { source: '192.0.2.1' });
}

function bob(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { project: 'pn-1', name: 'one', url: fake.url, username: 'bob', secret: SECRET, ...more };
}

async function added(more: Record<string, unknown> = {}): Promise<string> {
  const { status, document } = await ask('POST', '/registries', bob(more));
  expect(status).toBe(201);
  return document.registry.id as string;
}

describe('a registry', () => {
  it('is added, and shown without its secret', async () => {
    const { status, document } = await ask('POST', '/registries', bob({ region: 'GRA' }));
    expect(status).toBe(201);
    expect(document.registry.id).toMatch(/^reg-[0-9a-z]+$/);
    expect(document.registry).toMatchObject({
      project: 'pn-1',
      name: 'one',
      kind: 'generic',
      url: fake.host,
      isPlainHttp: true,
      region: 'GRA',
      username: 'bob',
      hasSecret: true,
      addedBy: 'local administrator',
      credential: { ageDays: 0, rotateAfterDays: 90, isRotationDue: false, rotation: 'none' },
      health: { state: 'unchecked', problem: null },
      abilities: ['read', 'use', 'manage'],
    });
    const shown = await ask('GET', `/registries/${document.registry.id}`);
    expect(shown.document).toEqual(document);
  });

  it('is tried, and that is among its checks', async () => {
    const id = await added();
    const works = await ask('POST', `/registries/${id}/test`, {});
    expect(works.document.test).toMatchObject({ outcome: 'ok', message: '' });
    expect(works.document.registry.health.state).toBe('valid');
    fake.users.delete('bob');
    const fails = await ask('POST', `/registries/${id}/test`, {});
    expect(fails.document.test.outcome).toBe('wrong-credentials');
    expect(fails.document.registry.health.problem.diagnosis).toBe('wrong-credentials');
    const { document } = await ask('GET', `/registries/${id}/checks`);
    expect(document.checks.map((check: { outcome: string }) => check.outcome)).toContain('wrong-credentials');
  });

  it('is tried before it is added, and nothing of that stays', async () => {
    const { name: _, ...unnamed } = bob();
    expect((await ask('POST', '/registry-tests', unnamed)).document.test.outcome).toBe('ok');
    const wrong = await ask('POST', '/registry-tests', { ...unnamed, secret: 'guess' });
    expect(wrong.document.test.outcome).toBe('wrong-credentials');
    expect((await ask('GET', '/registries')).document.registries).toEqual([]);
  });

  it('is changed where somebody says so; its secret goes nowhere else', async () => {
    const id = await added({ region: 'GRA' });
    const { document } = await ask('PUT', `/registries/${id}`, { name: 'two', region: '', rotateAfterDays: 30 });
    expect(document.registry).toMatchObject({ name: 'two', region: null, hasSecret: true });
    expect(document.registry.credential.rotateAfterDays).toBe(30);
    const elsewhere = { url: 'https://registry.example.org' };
    for (const [method, path] of [
      ['PUT', ''],
      ['POST', '/trial'],
    ] as const) {
      const reply = await ask(method, `/registries/${id}${path}`, elsewhere);
      expect(reply.status).toBe(400);
      expect(reply.document.type).toBe('/api/v1/problems/REGISTRY_INVALID');
      expect(reply.document.errors).toMatchObject([{ field: 'secret' }]);
    }
    const trial = await ask('POST', `/registries/${id}/trial`, { username: 'eve' });
    expect(trial.document.test.outcome).toBe('wrong-credentials');
  });

  it('is removed', async () => {
    const id = await added();
    expect((await ask('DELETE', `/registries/${id}`)).document).toEqual({ id });
    expect((await ask('GET', `/registries/${id}`)).document.type).toBe('/api/v1/problems/REGISTRY_UNKNOWN');
  });

  it('has its secret replaced in three steps', async () => {
    const id = await added();
    const tooEarly = await ask('POST', `/registries/${id}/rotation`, { secret: NEW_SECRET });
    expect(tooEarly.document.test.outcome).toBe('wrong-credentials');
    expect(tooEarly.document.registry.credential.rotation).toBe('none');
    expect((await ask('POST', `/registries/${id}/rotation/switch`, {})).document.type).toEndWith('ROTATION_REFUSED');
    fake.users.set('bob', { username: 'bob', secret: NEW_SECRET, rights: ALL_RIGHTS });
    const steps = [
      ['', { secret: NEW_SECRET }, 'tested'],
      ['/switch', {}, 'switched'],
      ['/confirm', {}, 'none'],
    ] as const;
    for (const [step, body, rotation] of steps) {
      const { document } = await ask('POST', `/registries/${id}/rotation${step}`, body);
      expect(document.registry.credential.rotation).toBe(rotation);
    }
    expect((await ask('POST', `/registries/${id}/test`, {})).document.test.outcome).toBe('ok');
    expect((await ask('POST', `/registries/${id}/rotation/mint`, {})).status).toBeOneOf([400, 409]);
  });

  it('says whether its registry can make a secret, without asking there', async () => {
    const canMint = async (more: object): Promise<unknown> =>
      (await ask('GET', `/registries/${await added({ ...more })}/rotation`)).document;
    expect(await canMint({})).toEqual({ canMint: false });
    const hub = { name: 'hub', url: 'docker.io', kind: 'docker-hub', form: 'password', secret: 'a password' };
    expect(await canMint(hub)).toEqual({ canMint: true });
  });

  it('leaves a line in the audit log for whatever was done with it', async () => {
    const id = await added();
    await ask('PUT', `/registries/${id}`, { name: 'two' });
    await ask('DELETE', `/registries/${id}`);
    const rows = await listUnsealed(installation.database, 100);
    const actions = rows.map(({ action }) => action).filter((action) => action.startsWith('registry.'));
    expect(actions).toEqual(['registry.added', 'registry.changed', 'registry.removed']);
  });

  const refused = [
    ['of no URL', { url: 'not a url' }, 'REGISTRY_INVALID', 'url'],
    ['with a password in its URL', { url: 'https://bob:hunter2@ghcr.io' }, 'REGISTRY_INVALID', 'url'],
    ['in no project', { project: 'No Project' }, 'INPUT_INVALID', 'project'],
    ['of a kind that there is none', { kind: 'floppy' }, 'INPUT_INVALID', 'kind'],
    ['with a form that its kind has not', { form: 'retina' }, 'REGISTRY_INVALID', 'form'],
    ['with a certificate that is none', { authorities: 'PEM' }, 'REGISTRY_INVALID', 'authorities'],
    ['with what nobody knows', { passwort: 'x' }, 'INPUT_INVALID', ''],
  ] as const;
  for (const [what, wrong, code, field] of refused) {
    it(`is not added ${what}`, async () => {
      const { status, document, text } = await ask('POST', '/registries', bob(wrong));
      expect(status).toBe(400);
      expect(document.type).toBe(`/api/v1/problems/${code}`);
      expect(document.errors).toMatchObject([{ field }]);
      expect(text).not.toContain('hunter2');
    });
  }

  it('has a name of its own in its project', async () => {
    await added();
    expect((await ask('POST', '/registries', bob())).document.type).toBe('/api/v1/problems/REGISTRY_EXISTS');
    await added({ project: 'pn-2' });
  });
});

describe('a registry as a file says it', () => {
  it('is created, then unchanged, then updated where it is otherwise', async () => {
    const planned = await ask('PUT', '/registries', bob({ dryRun: true }));
    expect(planned.document).toMatchObject({ result: 'created', registry: null });
    expect((await ask('GET', '/registries')).document.registries).toEqual([]);
    const created = await ask('PUT', '/registries', bob());
    expect(created.document).toMatchObject({ result: 'created', registry: { name: 'one' } });
    const again = await ask('PUT', '/registries', bob());
    expect(again.document).toEqual({ ...again.document, result: 'unchanged', changes: [] });
    expect(again.document.registry).toEqual(created.document.registry);
    const wanted = bob({ username: 'carol', secret: NEW_SECRET, region: 'GRA' });
    const foreseen = await ask('PUT', '/registries', { ...wanted, dryRun: true });
    expect(foreseen.document).toMatchObject({ result: 'updated', registry: { username: 'bob' } });
    const updated = await ask('PUT', '/registries', wanted);
    expect(updated.document).toMatchObject({ result: 'updated', registry: { username: 'carol', region: 'GRA' } });
    expect(updated.document.changes.toSorted()).toEqual(['region', 'secret', 'username']);
    expect((await ask('PUT', '/registries', wanted)).document.result).toBe('unchanged');
  });
});

describe('what a file would do', () => {
  const refused = [
    ['a URL that is none', { url: 'ftp://x' }, 'url'],
    ['a form that its kind has not', { form: 'retina' }, 'form'],
    ['a certificate that is none', { authorities: 'PEM' }, 'authorities'],
    ['secrets that its kind cannot make', { isAutomatic: true }, 'isAutomatic'],
    ['a repository that cannot be', { testRepository: 'A B' }, 'testRepository'],
  ] as const;
  for (const [what, wrong, field] of refused) {
    it(`is refused for ${what}, of one that is there or not, as it would be when it is done`, async () => {
      const replies: Reply[] = [];
      for (const dryRun of [true, false]) replies.push(await ask('PUT', '/registries', bob({ ...wrong, dryRun })));
      await added();
      for (const dryRun of [true, false]) replies.push(await ask('PUT', '/registries', bob({ ...wrong, dryRun })));
      for (const { status, document } of replies) {
        expect(status).toBe(400);
        expect(document.errors).toMatchObject([{ field }]);
      }
      expect(fake.requests).toEqual([]);
    });
  }

  it('is refused where a secret would go elsewhere', async () => {
    await added();
    const { secret: _, ...elsewhere } = bob({ url: 'https://registry.example.org', dryRun: true });
    const { status, document } = await ask('PUT', '/registries', elsewhere);
    expect(status).toBe(400);
    expect(document.errors).toMatchObject([{ field: 'secret' }]);
  });
});

describe('registries', () => {
  it('are listed in pages, and looked for', async () => {
    for (const name of ['c', 'a', 'bravo!']) await added({ name });
    const { document: first } = await ask('GET', '/registries?limit=2');
    expect(first.registries.map((one: { name: string }) => one.name)).toEqual(['a', 'bravo!']);
    const { document: second } = await ask('GET', `/registries?limit=2&after=${first.next}`);
    expect(second).toMatchObject({ registries: [{ name: 'c' }], next: null });
    expect((await ask('GET', '/registries?search=AVO!&limit=1')).document.registries).toMatchObject([
      { name: 'bravo!' },
    ]);
    expect((await ask('GET', '/registries?project=pn-2')).document.registries).toEqual([]);
    expect((await ask('GET', '/registries?state=valid')).document.registries).toEqual([]);
    expect((await ask('GET', '/registries?kind=generic')).document.registries).toHaveLength(3);
  });

  it('have kinds, with what to fill in; a URL says which', async () => {
    const { document } = await ask('GET', '/registry-kinds?url=https://harbor.example.org');
    expect(document.detected).toBe('harbor');
    expect(document.kinds.map(({ kind }: { kind: string }) => kind)).toContain('generic');
    expect((await ask('GET', '/registry-kinds?url=a b')).status).toBe(400);
  });

  it('have budgets', async () => {
    const id = await added();
    await ask('POST', `/registries/${id}/test`, {});
    const { document } = await ask('GET', '/upstreams');
    expect(document.upstreams).toMatchObject([{ breaker: 'closed' }]);
  });
});

describe('in a project', () => {
  const whoever = [
    ['nobody of it', [], { see: 404, test: 404, change: 404, add: 403 }],
    ['its reader', ['registries:read'], { see: 200, test: 403, change: 403, add: 403 }],
    ['its user', ['registries:use'], { see: 200, test: 200, change: 403, add: 403 }],
    ['its manager', ['registries:manage'], { see: 200, test: 200, change: 200, add: 201 }],
  ] as const;
  for (const [who, actions, expected] of whoever) {
    it(`${who} may do what was granted`, async () => {
      const id = await added();
      const hidden = await added({ project: 'pn-2' });
      const identity = await somebody('alice', actions);
      const status = async (method: string, path: string, body?: unknown): Promise<number> =>
        (await ask(method, path, body, identity)).status;
      expect({
        see: await status('GET', `/registries/${id}`),
        test: await status('POST', `/registries/${id}/test`, {}),
        change: await status('PUT', `/registries/${id}`, { region: 'BHS' }),
        add: await status('POST', '/registries', bob({ name: 'new' })),
      }).toEqual(expected);
      expect(await status('GET', `/registries/${id}/rotation`)).toBe(expected.change);
      const { document } = await ask('GET', '/registries', undefined, identity);
      const names = document.registries.map(({ project }: { project: string }) => project);
      expect([...new Set(names)]).toEqual(expected.see === 200 ? ['pn-1'] : []);
      // One that is there and may not be seen is as one that is not there.
      const unknown = await ask('GET', '/registries/reg-0000', undefined, identity);
      const unseen = await ask('GET', `/registries/${hidden}`, undefined, identity);
      expect(unseen.text.replaceAll(hidden, 'ID')).toBe(unknown.text.replaceAll('reg-0000', 'ID'));
      const pages = await Promise.all(
        ['reg-0000', hidden].map((id) => ask('GET', `/registries?after=${id}`, undefined, identity)),
      );
      expect(pages.map((page) => page.status)).toEqual([404, 404]);
      expect(await status('GET', '/upstreams')).toBe(403);
      expect(await status('GET', '/registry-kinds')).toBe(200);
    });
  }

  it('nobody does anything without a credential', async () => {
    const identity = await installation.auth.authenticator.identify(null, { source: '192.0.2.1' });
    for (const path of ['/registries', '/registry-kinds', '/upstreams']) {
      expect((await ask('GET', path, undefined, identity)).status).toBe(401);
    }
  });
});

describe('a secret', () => {
  it('is in no reply', async () => {
    const replies: string[] = [];
    const note = async (...asked: Parameters<typeof ask>): Promise<Reply> => {
      const reply = await ask(...asked);
      replies.push(reply.text);
      return reply;
    };
    const { document } = await note('POST', '/registries', bob());
    const { id } = document.registry;
    await note('POST', '/registry-tests', bob());
    await note('POST', '/registry-tests', bob({ kind: 'floppy' }));
    await note('POST', '/registries', bob());
    await note('POST', '/registries', bob({ url: `http://bob:${SECRET}@127.0.0.1` }));
    await note('POST', '/registries', bob({ name: 'x', secret: { value: SECRET } }));
    await note('PUT', '/registries', bob({ username: 'eve' }));
    for (const path of ['', `/${id}`, `/${id}/checks`, `/${id}/rotation`]) await note('GET', `/registries${path}`);
    await note('PUT', `/registries/${id}`, { secret: SECRET, username: 'bob' });
    await note('POST', `/registries/${id}/trial`, { username: 'eve' });
    await note('POST', `/registries/${id}/test`, {});
    fake.users.set('bob', { username: 'bob', secret: NEW_SECRET, rights: ALL_RIGHTS });
    await note('POST', `/registries/${id}/test`, {});
    await note('POST', `/registries/${id}/rotation`, { secret: NEW_SECRET });
    for (const step of ['switch', 'cancel', 'confirm', 'mint'])
      await note('POST', `/registries/${id}/rotation/${step}`, {});
    for (const path of ['/upstreams', '/registry-kinds', '/audit']) await note('GET', path);
    await note('DELETE', `/registries/${id}`);
    const everything = replies.join('\n');
    for (const canary of [SECRET, NEW_SECRET]) {
      expect(everything).not.toContain(canary);
      expect(everything).not.toContain(btoa(`bob:${canary}`));
    }
    const rows = JSON.stringify(await listUnsealed(installation.database, 1000));
    expect(rows).not.toContain('canary');
  });
});
