import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { CLIENTS } from './clients/all.ts';
import { mustSucceed, type Client } from './clients/client.ts';
import { makeAuthority, type Authority } from './harness/authority.ts';
import { startNginx, type Nginx } from './harness/nginx.ts';
import { havreOk, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

journey('behind nginx', ['nginx'], () => {
  describe('which speaks HTTP', () => describeProxy('http'));
  describe('which ends TLS', () => describeProxy('https'));
});

function describeProxy(scheme: 'http' | 'https'): void {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let proxy: Nginx;
  let tls: Authority | undefined;

  beforeAll(async () => {
    const sandbox = stack.use(await Sandbox.open());
    if (scheme === 'https') tls = await makeAuthority(sandbox.path('tls'), ['localhost', '127.0.0.1']);
    registry = stack.use(await openRegistry({ env: { HAVRE_HTTP_TRUSTED_PROXIES: '127.0.0.1' } }));
    proxy = stack.use(await startNginx(sandbox, { upstream: registry.server.url, ...(tls && { tls }) }));
  });
  afterAll(() => stack.disposeAsync());

  it('names neither itself nor HTTP to the clients: an upload goes on at a path', async () => {
    const reply = await send('POST', '/v2/team/app/blobs/uploads/');
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toMatch(/^\/v2\/team\/app\/blobs\/uploads\//);
  });

  for (const client of CLIENTS) {
    journey(client.name, client.tools, () => {
      it('logs in, pushes and pulls', () => journeyOf(client));
    });
  }

  // Last: with a grant for everybody, clients are sent for tokens.
  it('sends clients for a token to the address they came by', async () => {
    await havreOk(registry, ['grant', 'add', '--anonymous', 'public/**', 'pull']);
    const reply = await send('GET', '/v2/', {});
    expect(reply.headers.get('www-authenticate')).toContain(`realm="${scheme}://${proxy.host}/`);
  });

  for (const client of CLIENTS) {
    journey(`${client.name}, sent for tokens,`, client.tools, () => {
      it('logs in, pushes and pulls', () => journeyOf(client));
    });
  }

  async function journeyOf(client: Client): Promise<void> {
    await using sandbox = await Sandbox.open();
    const endpoint = { host: proxy.host, scheme, ...(tls && { authority: tls.authority }) };
    await using session = await client.open(sandbox, endpoint);
    mustSucceed(await session.login(registry.username, registry.password));
    mustSucceed(await session.push(`${client.name}/app:1.0`));
    mustSucceed(await session.pull(`${client.name}/app:1.0`));
  }

  async function send(method: string, path: string, headers?: Record<string, string>): Promise<Response> {
    const url = `${scheme}://${proxy.host}${path}`;
    const sent = headers ?? { Authorization: registry.server.authorization };
    return await fetch(url, { method, headers: sent, tls: { rejectUnauthorized: false } });
  }
}
