import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { startFakeGeneric, throttledUntil } from '../../../test/fakes/generic.ts';
import { startFakeHarbor } from '../../../test/fakes/harbor.ts';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { localAdministrator, type Identity } from '../../auth/identity.ts';

const SECRET = 'canary-of-the-secret-in-use';
const PASSWORD = 'a long enough password';

const KINDS: readonly (readonly [kind: string, start: () => Fake, form: string])[] = [
  ['generic', startFakeGeneric, 'password'],
  ['harbor', startFakeHarbor, 'password'],
];

for (const [kind, start, form] of KINDS) {
  describe(`browsing a registry of kind ${kind}`, () => {
    let installation: Installation;
    let fake: Fake;
    let app: FakeRepository;
    let id: string;

    beforeEach(async () => {
      installation = await openInstallation();
      fake = start();
      fake.users.set('bob', { username: 'bob', secret: SECRET, rights: ALL_RIGHTS });
      app = new FakeRepository('team/app');
      fake.repositories.set('team/app', app);
      fake.repositories.set('team/base', new FakeRepository('team/base'));
      app.push({ tags: ['1.0', 'latest'], platforms: ['linux/amd64', 'linux/arm64/v8'] });
      fake.repositories.get('team/base')?.push({ tags: ['1'] });
      const said = { project: 'pn-1', name: 'one', kind, form, url: fake.url, username: 'bob', secret: SECRET };
      id = (await ask('POST', '/registries', said)).document.registry.id as string;
    });

    afterEach(async () => {
      await fake[Symbol.asyncDispose]();
      await installation.close();
    });

    interface Reply {
      readonly status: number;
      readonly headers: Headers;
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
      expect(text).not.toContain(SECRET);
      return { status: response.status, headers: response.headers, document: JSON.parse(text) };
    }

    const look = (path: string, identity?: Identity): Promise<Reply> =>
      ask('GET', `/registries/${id}/${path}`, undefined, identity);

    it('lists repositories and tags, and searches in them', async () => {
      const all = await look('repositories');
      expect(all.document.repositories.map(({ name }: { name: string }) => name).toSorted()).toEqual([
        'team/app',
        'team/base',
      ]);
      expect((await look('repositories?search=base')).document.repositories).toMatchObject([{ name: 'team/base' }]);
      const { document } = await look('tags?repository=team/app&search=lat');
      expect(document.tags).toMatchObject([{ name: 'latest', digest: app.tags.get('latest') }]);
      expect(document.gauge).toMatchObject({ upstream: expect.stringContaining(fake.host) as string });
    });

    it('shows an image with its platforms, what they run, and their layers', async () => {
      const { document } = await look('image?repository=team/app&reference=1.0');
      const found = app.find('1.0');
      expect(document.image).toMatchObject({ digest: found?.digest, isIndex: true, manifest: found?.text });
      expect(document.image.platforms).toMatchObject([
        { platform: 'linux/amd64', isRead: true, runs: { architecture: 'amd64', created: '2026-02-01T10:00:00.000Z' } },
        { platform: 'linux/arm64/v8', isRead: true, layers: [{ size: 1_000_000 }] },
      ]);
      expect(document.image.bytes).toBeGreaterThan(2_000_000);
      const missing = await look('image?repository=team/app&reference=2.0');
      expect(missing.status).toBe(404);
      expect(missing.document.type).toBe('/api/v1/problems/IMAGE_UNKNOWN');
    });

    it('lists what refers to an image, page by page', async () => {
      const image = app.tags.get('1.0') ?? '';
      const attached = Array.from({ length: 5 }, () => app.push({ subject: image }));
      const signature = app.push({ tags: [`${image.replace(':', '-')}.sig`] });
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const more: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
        const page: Reply = await look(`referrers?repository=team/app&digest=${image}&limit=2${more}`);
        expect(page.document.referrers.length).toBeLessThanOrEqual(2);
        seen.push(...page.document.referrers.map(({ digest }: { digest: string }) => digest));
        after = page.document.next as string | null;
      } while (after !== null);
      expect(seen).toEqual([...attached, signature]);
      const none = await look(`referrers?repository=team/app&digest=${attached[0]}`);
      expect(none.document).toMatchObject({ referrers: [], next: null });
      expect((await look('referrers?repository=team/app&digest=1.0')).status).toBe(404);
    });

    it('reads 10,000 tags, page by page', async () => {
      app.tags.clear();
      const digest = app.push();
      for (let number = 0; number < 10_000; number += 1) app.tags.set(`v${String(number).padStart(5, '0')}`, digest);
      const seen = new Set<string>();
      let after: string | null = null;
      do {
        const more: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
        const { document, status }: Reply = await look(`tags?repository=team/app&limit=1000${more}`);
        expect(status).toBe(200);
        for (const { name } of document.tags) seen.add(name as string);
        after = document.next as string | null;
      } while (after !== null);
      expect(seen.size).toBe(10_000);
    });

    it('asks the registry once for the same, until half a minute is over or somebody wants it anew', async () => {
      const asked = async (path: string): Promise<number> => {
        const before = fake.requests.length;
        expect((await look(path)).status).toBe(200);
        return fake.requests.length - before;
      };
      expect(await asked('tags?repository=team/app')).toBeGreaterThan(0);
      expect(await asked('tags?repository=team/app')).toBe(0);
      expect(await asked('tags?repository=team/app&refresh=true')).toBeGreaterThan(0);
      installation.clock.now = new Date(installation.clock.now.getTime() + 30_000);
      expect(await asked('tags?repository=team/app')).toBeGreaterThan(0);
    });

    it('never shows another secret what this one saw', async () => {
      expect((await look('tags?repository=team/app')).document.tags).toHaveLength(2);
      await ask('PUT', `/registries/${id}`, { secret: 'another secret' });
      const { status, document } = await look('tags?repository=team/app');
      expect(status).toBe(502);
      expect(document.type).toBe('/api/v1/problems/REGISTRY_FAILED');
      // It is no failure of ours, to be found in the log.
      expect(installation.failures).toEqual([]);
    });

    it('says for how long the registry wants to be left alone', async () => {
      const until = new Date(fake.clock.now() + 600_000);
      fake.interrupt({ times: 100, reply: () => throttledUntil(fake, until) });
      const { status, headers, document } = await look('tags?repository=team/app');
      expect(status).toBe(429);
      expect(document.type).toBe('/api/v1/problems/REGISTRY_PAUSED');
      expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
    });

    it('is for those who may look into its project', async () => {
      await ask('POST', '/users', { name: 'eve', password: PASSWORD });
      const grant = { to: { kind: 'user', name: 'eve' }, pattern: 'pn-2', actions: ['registries:manage'] };
      await ask('POST', '/grants', grant);
      const eve = async (): Promise<Identity> =>
        await installation.auth.authenticator.identify(basicAuthorization('eve', PASSWORD), { source: '192.0.2.1' });
      for (const path of [
        'repositories',
        'tags?repository=team/app',
        'image?repository=team/app&reference=1.0',
        `referrers?repository=team/app&digest=${app.tags.get('1.0')}`,
      ]) {
        expect((await look(path, await eve())).status).toBe(404);
      }
      await ask('POST', '/grants', { ...grant, pattern: 'pn-1', actions: ['registries:read'] });
      expect((await look('tags?repository=team/app', await eve())).status).toBe(200);
    });

    it('says that a repository is not there, and what to do', async () => {
      for (const repository of ['team/none', '../../secrets']) {
        const { status, document } = await look(`tags?repository=${repository}`);
        expect(status).toBe(404);
        expect(document.type).toBe('/api/v1/problems/REMOTE_UNKNOWN');
        expect(document.detail).toMatch(/look at how it is written|names have small letters/);
      }
      const image = await look('image?repository=team/none&reference=1.0');
      expect(image).toMatchObject({ status: 404, document: { type: '/api/v1/problems/IMAGE_UNKNOWN' } });
      expect(installation.failures).toEqual([]);
    });

    it.each([401, 403])('says of what is refused by %d that it may not be there', async (status) => {
      const reply = (): Response => Response.json({ errors: [{ code: 'DENIED', message: 'no' }] }, { status });
      fake.interrupt({ times: 100, reply });
      for (const path of ['tags?repository=team/app', 'image?repository=team/app&reference=1.0']) {
        const { document } = await look(path);
        expect(document).toMatchObject({ status: 502, type: '/api/v1/problems/REGISTRY_FAILED' });
        expect(document.detail).toContain('team/app may not be there, or not be visible to this login');
      }
    });

    it('asks for nothing by a name that is none', async () => {
      for (const path of ['tags?repository=../../secrets', 'image?repository=team/app&reference=../../x']) {
        expect((await look(path)).status).toBe(404);
      }
      expect(fake.requests.some((request) => request.path.includes('..'))).toBe(false);
    });
  });
}
