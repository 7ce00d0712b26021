import { beforeAll, describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import { basic, newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry({ auth: { challenge: { scheme: 'bearer' }, bearerSeconds: 300 } });
const PASSWORD = 'correct horse battery';
const ADA = basic('ada', PASSWORD);
const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

beforeAll(async () => {
  await registry().auth.users.create({ name: 'ada', password: PASSWORD });
  await registry().auth.grants.add('ada', { pattern: 'ada/**', actions: ['pull', 'push'] });
});

interface TokenDocument {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope: string;
  readonly refresh_token?: string;
}

async function documentOf(reply: Response): Promise<TokenDocument> {
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('application/json');
  expect(reply.headers.get('cache-control')).toBe('no-store');
  return (await reply.json()) as TokenDocument;
}

/** As docker, containerd and others ask: `authorization` may be none. */
function getToken(query: string, authorization?: string): Promise<Response> {
  const client = authorization === undefined ? registry().anonymous : registry().as(authorization);
  return client.send('GET', `/token?service=havre${query}`);
}

function postToken(fields: Readonly<Record<string, string>>): Promise<Response> {
  const form = new URLSearchParams({ service: 'havre', client_id: 'containerd', ...fields });
  return registry().anonymous.send('POST', '/token', {
    headers: FORM,
    body: new TextEncoder().encode(form.toString()),
  });
}

/** What is in the middle of a JWT. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

describe('GET /token', () => {
  it('gives a token with everything that clients read', async () => {
    const document = await documentOf(await getToken('&scope=repository:ada/app:pull,push', ADA));
    expect(document.token).toBe(document.access_token);
    expect(document.expires_in).toBe(300);
    expect(Date.parse(document.issued_at)).toBe(registry().clock.now().getTime());
    expect(document.issued_at).toEndWith('Z');
    expect(document.refresh_token).toBeUndefined();
    expect(claimsOf(document.token)).toMatchObject({
      iss: 'havre',
      aud: 'havre',
      sub: 'ada',
      access: [{ type: 'repository', name: 'ada/app', actions: ['pull', 'push'] }],
    });
  });

  it('gives what may be given of the scopes, and is 200 even if that is nothing', async () => {
    const scopes = '&scope=repository:ada/app:pull,push,delete&scope=repository:bob/app:pull&scope=nonsense';
    expect((await documentOf(await getToken(scopes, ADA))).scope).toBe('repository:ada/app:pull,push');
    expect((await documentOf(await getToken('&scope=repository:bob/app:pull', ADA))).scope).toBe('');
    expect((await documentOf(await getToken('', ADA))).scope).toBe('');
  });

  const forms = [
    ['repeated', '&scope=repository:ada/a:pull&scope=repository:ada/b:pull'],
    ['separated by spaces', '&scope=repository:ada/a:pull%20repository:ada/b:pull'],
  ] as const;
  for (const [name, scopes] of forms) {
    it(`reads several scopes: ${name}`, async () => {
      expect((await documentOf(await getToken(scopes, ADA))).scope).toBe('repository:ada/a:pull repository:ada/b:pull');
    });
  }

  it('reads what skopeo asks for to delete, and the class of a plugin', async () => {
    const scopes = '&scope=repository:ada/app:*&scope=repository(plugin):ada/plugin:pull';
    const { access } = claimsOf((await documentOf(await getToken(scopes, ADA))).token);
    expect(access).toEqual([
      { type: 'repository', name: 'ada/app', actions: ['pull', 'push'] },
      { type: 'repository', name: 'ada/plugin', actions: ['pull'] },
    ]);
  });

  it('gives a token that works, for that scope alone', async () => {
    const image = imageOf([randomBlob(10)]);
    const { token } = await documentOf(await getToken('&scope=repository:ada/app:pull,push', ADA));
    const client = registry().as(`Bearer ${token}`);
    await client.pushImage('ada/app', image, 'v1');
    expect(await client.pullManifest('ada/app', 'v1')).toEqual(image.manifest.bytes);
    expect((await client.send('GET', '/v2/ada/other/tags/list')).status).toBe(401);
  });

  it('gives a refresh token where it is asked for, as docker login does, and /v2/ then knows the token', async () => {
    const document = await documentOf(await getToken('&account=ada&client_id=docker&offline_token=true', ADA));
    expect(document.refresh_token).toBeString();
    expect((await registry().as(`Bearer ${document.token}`).send('GET', '/v2/')).status).toBe(200);
  });

  it('gives nobody a token for nobody', async () => {
    const { token, scope } = await documentOf(await getToken('&scope=repository:ada/app:pull&offline_token=true'));
    expect(scope).toBe('');
    expect(claimsOf(token)['sub']).toBe('');
    expect((await registry().as(`Bearer ${token}`).send('GET', '/v2/')).status).toBe(200);
    expect((await registry().as(`Bearer ${token}`).send('GET', '/v2/ada/app/tags/list')).status).toBe(401);
  });

  it('is 401 with a Basic challenge for wrong credentials', async () => {
    const reply = await getToken('', basic('ada', 'wrong'));
    expect(reply.headers.get('www-authenticate')).toStartWith('Basic realm="');
    expect(await errorReply(reply)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  });

  it('is 401 for a bearer token: a token cannot ask for the next one', async () => {
    const { token } = await documentOf(await getToken('', ADA));
    expect((await getToken('&scope=repository:ada/app:pull', `Bearer ${token}`)).status).toBe(401);
  });

  it('gives the catalog to whoever may pull something', async () => {
    await registry().client.pushImage('ada/listed', imageOf([]));
    await registry().client.pushImage(newRepository(), imageOf([]));
    const { token } = await documentOf(await getToken('&scope=registry:catalog:*', ADA));
    const { repositories } = (await (await registry().as(`Bearer ${token}`).send('GET', '/v2/_catalog')).json()) as {
      repositories: string[];
    };
    expect(repositories).toContain('ada/listed');
    expect(repositories.every((name) => name.startsWith('ada/'))).toBe(true);
  });

  it('keeps the token small enough for a header, whatever is asked for', async () => {
    const scopes = Array.from({ length: 150 }, (_, index) => `&scope=repository:ada/${'x'.repeat(60)}${index}:pull`);
    const { token } = await documentOf(await getToken(scopes.join(''), ADA));
    expect(token.length).toBeLessThan(8000);
  });
});

describe('POST /token', () => {
  it('gives a token for a name and password', async () => {
    const fields = { grant_type: 'password', username: 'ada', password: PASSWORD, scope: 'repository:ada/app:pull' };
    const document = await documentOf(await postToken(fields));
    expect(document.scope).toBe('repository:ada/app:pull');
    expect(document.access_token).toBe(document.token);
    expect(document.refresh_token).toBeUndefined();
  });

  it('gives a refresh token for offline access, and tokens for that', async () => {
    const login = { grant_type: 'password', username: 'ada', password: PASSWORD, access_type: 'offline' };
    const { refresh_token: refreshToken = '' } = await documentOf(await postToken(login));
    const scope = 'repository:ada/a:pull repository:ada/b:pull,push';
    const document = await documentOf(
      await postToken({ grant_type: 'refresh_token', refresh_token: refreshToken, scope }),
    );
    expect(document.scope).toBe(scope);
    expect(document.refresh_token).toBe(refreshToken);
    expect((await registry().as(`Bearer ${document.token}`).send('GET', '/v2/')).status).toBe(200);
  });

  it('takes a refresh token for nothing else', async () => {
    const login = { grant_type: 'password', username: 'ada', password: PASSWORD, access_type: 'offline' };
    const { refresh_token: refreshToken = '' } = await documentOf(await postToken(login));
    expect((await registry().as(`Bearer ${refreshToken}`).send('GET', '/v2/')).status).toBe(401);
  });

  it('is 401 for a wrong password, and for a refresh token that is none', async () => {
    const wrong = { grant_type: 'password', username: 'ada', password: 'wrong' };
    expect((await postToken(wrong)).status).toBe(401);
    const { token } = await documentOf(await getToken('', ADA));
    for (const refreshToken of ['x', token]) {
      expect((await postToken({ grant_type: 'refresh_token', refresh_token: refreshToken })).status).toBe(401);
    }
  });

  const malformed = [
    ['no grant type', {}],
    ['another grant type', { grant_type: 'client_credentials' }],
    ['no password', { grant_type: 'password', username: 'ada' }],
    ['no refresh token', { grant_type: 'refresh_token' }],
  ] as const;
  for (const [name, fields] of malformed) {
    it(`is 400 with what OAuth says: ${name}`, async () => {
      const reply = await postToken(fields);
      expect(reply.status).toBe(400);
      expect(((await reply.json()) as { error: string }).error).toMatch(/^(invalid_request|unsupported_grant_type)$/);
    });
  }

  it('is 413 for a form of more than 64 KiB', async () => {
    expect((await postToken({ grant_type: 'password', username: 'x'.repeat(70_000) })).status).toBe(413);
  });
});

describe('any other method of /token', () => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    it(`is 405: ${method}`, async () => {
      const reply = await registry().anonymous.send(method, '/token');
      expect(reply.status).toBe(405);
      expect(reply.headers.get('allow')).toBe('GET, POST');
    });
  }
});

describe('a bearer token that is over', () => {
  it('is 401 invalid_token, so that the client asks for another', async () => {
    const { token } = await documentOf(await getToken('&scope=repository:ada/app:pull', ADA));
    const client = registry().as(`Bearer ${token}`);
    expect((await client.send('GET', '/v2/ada/app/tags/list')).status).not.toBe(401);
    registry().clock.advance(301);
    const reply = await client.send('GET', '/v2/ada/app/tags/list');
    expect(reply.headers.get('www-authenticate')).toEndWith('scope="repository:ada/app:pull",error="invalid_token"');
    expect(await errorReply(reply)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  });
});
