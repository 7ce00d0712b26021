import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { CLIENTS } from './clients/all.ts';
import { mustSucceed, said } from './clients/client.ts';
import { makeAuthority, type Authority } from './harness/authority.ts';
import { JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

for (const client of CLIENTS) {
  journey(`${client.name} over TLS`, client.tools, () => {
    const stack = new AsyncDisposableStack();
    let registry: Registry;
    let authority: Authority;

    beforeAll(async () => {
      const certificates = stack.use(await Sandbox.open());
      authority = await makeAuthority(certificates.path('tls'), ['localhost', '127.0.0.1']);
      registry = stack.use(
        await openRegistry({
          scheme: 'https',
          env: {
            REGISTRY_HTTP_TLS_CERTIFICATE: authority.certificate,
            REGISTRY_HTTP_TLS_KEY: authority.key,
          },
        }),
      );
    });
    afterAll(() => stack.disposeAsync());

    it('trusts the authority that tls init made: login, push, pull, logout', async () => {
      await using sandbox = await Sandbox.open();
      const endpoint = { host: registry.host, scheme: 'https', authority: authority.authority } as const;
      await using session = await client.open(sandbox, endpoint);
      mustSucceed(await session.login(registry.username, registry.password));
      mustSucceed(await session.push('team/app:1.0'));
      mustSucceed(await session.pull('team/app:1.0'));
      mustSucceed(await session.logout());
      expect((await session.pull('team/app:1.0')).status).not.toBe(0);
    });

    if (client.trustsLoopback) return;
    it('sends no password to who cannot show a trusted certificate', async () => {
      await using sandbox = await Sandbox.open();
      await using session = await client.open(sandbox, { host: registry.host, scheme: 'https' });
      const login = await session.login(registry.username, registry.password);
      expect(login.status).not.toBe(0);
      expect(said(login)).toMatch(/certificate|x509/i);
    });
  });
}
