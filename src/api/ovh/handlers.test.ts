import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { localAdministrator, type Identity } from '../../auth/identity.ts';

const PASSWORD = 'a long enough password';
const SECRET = 'canary-of-the-secret';
const GRA = { region: 'GRA', url: 'registry.gra.example.net', username: 'bob', password: SECRET };

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

interface Reply {
  readonly status: number;
  readonly queryId: string | null;
  readonly text: string;
  readonly document: any; // oxlint-disable-line typescript/no-explicit-any -- what a test expects of it, it says
}

/** As OVHcloud's clients do: they name a type for what has a body alone. */
async function ask(method: string, path: string, body?: unknown, identity?: Identity): Promise<Reply> {
  const request = new Request(`http://localhost/cloud/project/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json;charset=utf-8' }, body: JSON.stringify(body) }),
  });
  const response = await installation.api(request, identity ?? localAdministrator());
  const text = await response.text();
  return { status: response.status, queryId: response.headers.get('x-ovh-queryid'), text, document: JSON.parse(text) };
}

async function somebody(
  name: string,
  actions: readonly ('registries:read' | 'registries:manage')[],
): Promise<Identity> {
  await installation.auth.users.create({ name, password: PASSWORD });
  await installation.auth.grants.add(name, { pattern: 'pn-1', actions });
  return installation.auth.authenticator.identify(basicAuthorization(name, PASSWORD), { source: '192.0.2.1' });
}

describe('by OVHcloud’s paths, a registry', () => {
  it('is added, listed as a whole, shown, changed and removed', async () => {
    const added = await ask('POST', 'pn-1/ai/registry', GRA);
    expect(added.status).toBe(200);
    expect(added.queryId).toMatch(/^[0-9a-f-]{36}$/);
    const { id } = added.document;
    const expected = {
      id,
      createdAt: '2026-11-20T10:00:00.000Z',
      updatedAt: '2026-11-20T10:00:00.000Z',
      user: 'local administrator',
      region: 'GRA',
      url: 'registry.gra.example.net',
      username: 'bob',
      password: null,
    };
    expect(added.document).toEqual(expected);
    expect((await ask('GET', 'pn-1/ai/registry')).document).toEqual([expected]);
    expect((await ask('GET', 'pn-2/ai/registry')).document).toEqual([]);
    const changed = await ask('PUT', `pn-1/ai/registry/${id}`, { ...expected, username: 'carol' });
    expect(changed).toMatchObject({ status: 200, text: 'null' });
    expect((await ask('GET', `pn-1/ai/registry/${id}`)).document).toEqual({ ...expected, username: 'carol' });
    expect(await ask('DELETE', `pn-1/ai/registry/${id}`)).toMatchObject({ status: 200, text: 'null' });
    expect((await ask('GET', 'pn-1/ai/registry')).document).toEqual([]);
  });

  it('has a name of its own for our paths', async () => {
    for (let time = 0; time < 3; time++) await ask('POST', 'pn-1/ai/registry', GRA);
    await ask('POST', 'pn-1/ai/registry', { ...GRA, region: 'BHS' });
    const request = new Request('http://localhost/api/v1/registries?project=pn-1');
    const { registries } = (await (await installation.api(request, localAdministrator())).json()) as {
      registries: { name: string }[];
    };
    expect(registries.map(({ name }) => name)).toEqual([
      'registry.gra.example.net (BHS)',
      'registry.gra.example.net (GRA)',
      'registry.gra.example.net (GRA) 2',
      'registry.gra.example.net (GRA) 3',
    ]);
  });

  it('stays in its region, and keeps its secret where it was given for', async () => {
    const { id } = (await ask('POST', 'pn-1/ai/registry', GRA)).document;
    const moved = await ask('PUT', `pn-1/ai/registry/${id}`, { region: 'BHS' });
    expect(moved).toMatchObject({
      status: 400,
      document: { class: 'Client::BadRequest', errorCode: 'REGISTRY_INVALID' },
    });
    expect((await ask('PUT', `pn-1/ai/registry/${id}`, { region: 'GRA' })).status).toBe(200);
    const elsewhere = { url: 'evil.example.org' };
    expect((await ask('PUT', `pn-1/ai/registry/${id}`, elsewhere)).status).toBe(400);
    expect((await ask('PUT', `pn-1/ai/registry/${id}`, { ...elsewhere, password: 'another' })).status).toBe(200);
  });

  it('is found in its own project alone', async () => {
    const { id } = (await ask('POST', 'pn-1/ai/registry', GRA)).document;
    for (const [method, body] of [['GET'], ['PUT', {}], ['DELETE']] as const) {
      const reply = await ask(method, `pn-2/ai/registry/${id}`, body);
      expect(reply).toMatchObject({
        status: 404,
        document: { class: 'Client::NotFound', errorCode: 'REGISTRY_UNKNOWN' },
      });
      expect(Object.keys(reply.document).toSorted()).toEqual(['class', 'errorCode', 'message']);
      expect(reply.queryId).not.toBeNull();
    }
  });

  it('has no secret in any reply', async () => {
    const { document, text } = await ask('POST', 'pn-1/ai/registry', GRA);
    const replies = [
      await ask('POST', 'pn-1/ai/registry', { ...GRA, url: `https://bob:${SECRET}@example.org` }),
      await ask('PUT', `pn-1/ai/registry/${document.id}`, { password: SECRET }),
      await ask('GET', `pn-1/ai/registry/${document.id}`),
      await ask('GET', 'pn-1/ai/registry'),
    ];
    expect([text, ...replies.map((reply) => reply.text)].join('\n')).not.toContain('canary');
  });

  const wrong = [
    ['without a region', { ...GRA, region: undefined }, 400, 'Client::BadRequest'],
    ['at no URL', { ...GRA, url: 'a b' }, 400, 'Client::BadRequest'],
  ] as const;
  for (const [what, body, status, of] of wrong) {
    it(`is not added ${what}`, async () => {
      expect(await ask('POST', 'pn-1/ai/registry', body)).toMatchObject({ status, document: { class: of } });
    });
  }

  it('is for those to whom its project was granted', async () => {
    const { id } = (await ask('POST', 'pn-1/ai/registry', GRA)).document;
    await ask('POST', 'pn-2/ai/registry', GRA);
    const reader = await somebody('reader', ['registries:read']);
    const manager = await somebody('manager', ['registries:manage']);
    const nobody = await installation.auth.authenticator.identify(null, { source: '192.0.2.1' });
    const statuses = async (identity: Identity): Promise<readonly number[]> => [
      (await ask('GET', 'pn-1/ai/registry', undefined, identity)).status,
      (await ask('GET', 'pn-2/ai/registry', undefined, identity)).status,
      (await ask('POST', 'pn-1/ai/registry', GRA, identity)).status,
      (await ask('PUT', `pn-1/ai/registry/${id}`, { username: 'eve' }, identity)).status,
    ];
    expect(await statuses(reader)).toEqual([200, 404, 403, 403]);
    expect(await statuses(manager)).toEqual([200, 404, 200, 200]);
    expect(await statuses(nobody)).toEqual([401, 401, 401, 401]);
    const refused = await ask('DELETE', `pn-1/ai/registry/${id}`, undefined, reader);
    expect(refused.document).toMatchObject({ class: 'Client::Forbidden', errorCode: 'DENIED' });
  });

  it('is nowhere else', async () => {
    const reply = await ask('GET', 'pn-1/ai/nothing');
    expect(reply).toMatchObject({
      status: 404,
      document: { class: 'Client::NotFound', errorCode: 'ENDPOINT_UNKNOWN' },
    });
    expect((await ask('PATCH', 'pn-1/ai/registry', {})).document.class).toBe('Client::MethodNotAllowed');
  });
});
