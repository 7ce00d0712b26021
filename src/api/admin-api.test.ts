import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { z } from 'zod';
import { openInstallation, type Installation } from '../../test/support/admin.ts';
import { basicAuthorization } from '../../test/support/server.ts';
import { localAdministrator } from '../auth/identity.ts';
import { adminActorOf } from './admin-actor.ts';
import type { Contract } from './contract.ts';
import { endpoint } from './endpoint.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const JSON_TYPE = { 'Content-Type': 'application/json' };

function send(path: string, init: RequestInit = {}): Promise<Response> {
  return installation.api(new Request(`http://localhost${path}`, init), localAdministrator());
}

async function problemOf(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return response.json();
}

describe('whoever asks', () => {
  it('is asked for a password when it shows none', async () => {
    const nobody = await installation.auth.authenticator.identify(null, { source: '192.0.2.1' });
    const response = await installation.api(new Request('http://localhost/api/v1/users'), nobody);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="Havre"');
    expect(await problemOf(response)).toMatchObject({ type: '/api/v1/problems/UNAUTHORIZED', status: 401 });
  });

  it('is refused when it is no administrator, with nothing changed', async () => {
    await installation.auth.users.create({ name: 'ada', password: 'a long enough password' });
    const authorization = basicAuthorization('ada', 'a long enough password');
    const ada = await installation.auth.authenticator.identify(authorization, { source: '192.0.2.1' });
    const request = new Request('http://localhost/api/v1/users/ada', { method: 'DELETE', headers: JSON_TYPE });
    const response = await installation.api(request, ada);
    expect(response.status).toBe(403);
    expect(await problemOf(response)).toMatchObject({ detail: 'Only an administrator may manage users.' });
    expect(await installation.auth.users.list()).toHaveLength(1);
  });
});

describe('an administrator who comes over the network', () => {
  const requests = [
    ['/api/v1/imports/registry-v2', { source: 's3://images?endpoint=http://169.254.169.254' }],
    ['/api/v1/imports/oci-layout', { source: 's3://images?endpoint=http://169.254.169.254', repository: 'a' }],
  ] as const;
  for (const [path, input] of requests) {
    it(`has no use of the rights of the server: ${path}`, async () => {
      const { auth, api } = installation;
      await auth.users.create({ name: 'ada', password: 'a long enough password', isAdministrator: true });
      const authorization = basicAuthorization('ada', 'a long enough password');
      const ada = await auth.authenticator.identify(authorization, { source: '192.0.2.1' });
      const body = JSON.stringify(input);
      const request = new Request(`http://localhost${path}`, { method: 'POST', headers: JSON_TYPE, body });
      const response = await api(request, ada);
      expect(response.status).toBe(403);
      expect(await problemOf(response)).toMatchObject({ detail: expect.stringContaining('run it on its machine') });
    });
  }
});

describe('a request that changes something', () => {
  const types = [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
  for (const type of types) {
    it(`is refused as ${type ?? 'nothing in particular'}, which another site's page could send`, async () => {
      const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
      const body = new TextEncoder().encode('{"name":"ada"}');
      const added = await send('/api/v1/users', { method: 'POST', headers, body });
      expect(added.status).toBe(415);
      expect((await send('/api/v1/users/ada', { method: 'DELETE', headers })).status).toBe(415);
      expect(await installation.auth.users.list()).toEqual([]);
    });
  }

  it('may say its character set', async () => {
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    expect((await send('/api/v1/users', { method: 'POST', headers, body: '{"name":"ada"}' })).status).toBe(201);
  });

  for (const body of ['', '{', '[]', 'null', '"x"']) {
    it(`is refused with the body ${JSON.stringify(body)}`, async () => {
      const response = await send('/api/v1/users', { method: 'POST', headers: JSON_TYPE, body });
      expect(await problemOf(response)).toMatchObject({ type: '/api/v1/problems/BODY_INVALID', status: 400 });
    });
  }

  it('is refused with more than it could need', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(70_000) });
    expect((await send('/api/v1/users', { method: 'POST', headers: JSON_TYPE, body })).status).toBe(413);
  });
});

describe('a path', () => {
  for (const path of [
    '/api/v1',
    '/api/v1/',
    '/api/v1/user',
    '/api/v1/users/',
    '/api/v1/users/%zz/password',
    '/api/v2/users',
  ]) {
    it(`${path} is none of ours`, async () => {
      const response = await send(path);
      expect(await problemOf(response)).toMatchObject({ type: '/api/v1/problems/ENDPOINT_UNKNOWN', status: 404 });
    });
  }

  it('says which methods it has', async () => {
    const response = await send('/api/v1/users', { method: 'PATCH' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
  });
});

it('tells the operator of a failure, and the client nothing of it', async () => {
  const failing = await openInstallation({ freeBytes: () => Promise.reject(new Error('cannot stat /srv/havre')) });
  try {
    const response = await failing.api(new Request('http://localhost/api/v1/status'), localAdministrator());
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('/srv/havre');
    expect(failing.failures).toMatchObject([{ message: 'cannot stat /srv/havre' }]);
  } finally {
    await failing.close();
  }
});

it('sends nothing that the contract does not name', async () => {
  const contract = {
    method: 'GET',
    path: '/api/v1/x',
    ability: 'read-status',
    description: 'Tells a name.',
    input: z.strictObject({}),
    output: z.object({ name: z.string() }),
  } as const satisfies Contract;
  const withSecret = { name: 'ada', passwordHash: '$argon2id$' };
  const { answer } = endpoint(contract, async () => withSecret);
  const identity = localAdministrator();
  const actor = adminActorOf(new Request('http://localhost/'), identity, undefined);
  const call = {
    identity,
    actor,
    record: async () => undefined,
    reply: new Headers(),
    signal: new AbortController().signal,
  };
  const response = await answer({}, call);
  expect(await response.json()).toEqual({ name: 'ada' });
});
