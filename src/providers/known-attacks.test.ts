import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { Upstreams } from '../egress/upstreams.ts';
import { writeLocalCertificates } from '../http/local-certificates.ts';
import { generic } from './generic/provider.ts';
import { ProviderError } from './provider-error.ts';
import { parseRegistryUrl } from './registry-url.ts';

/** Attacks by which registries took passwords from those who asked them, tried on a connection with a password. */

const SECRET = 'canary-5f2c';
const SENT = [SECRET, Buffer.from(`robot:${SECRET}`).toString('base64'), encodeURIComponent(SECRET)];
const NAMES = ['registry.example.org', 'auth.example.org', 'evil.example', 'registry.example.org.evil.example'];

const folder = temporaryFolder('known-attacks');
const opened: (() => unknown)[] = [];
let tls: { readonly cert: string; readonly key: string };
let authorities: string;

beforeAll(async () => {
  const made = await writeLocalCertificates({ folder, names: NAMES, now: new Date() });
  tls = { cert: readFileSync(made.certificatePath, 'utf8'), key: readFileSync(made.keyPath, 'utf8') };
  authorities = readFileSync(made.authorityPath, 'utf8');
});

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

afterAll(() => removeFolder(folder));

/** A server, and everything that was ever sent to it. */
function server(answer: (request: Request) => Response, isPlain = false): { port: number; got: string[] } {
  const got: string[] = [];
  const listening = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    ...(isPlain ? {} : { tls }),
    fetch: async (request) => {
      got.push(JSON.stringify([request.method, request.url, [...request.headers], await request.clone().text()]));
      return answer(request);
    },
  });
  opened.push(() => listening.stop(true));
  return { port: listening.port ?? 0, got };
}

function challenge(header: string): () => Response {
  return () => new Response('', { status: 401, headers: { 'WWW-Authenticate': header } });
}

const token = (): Response => Response.json({ token: 'taken' });

/** What becomes of a check with a password, and of looking into a repository. */
async function used(port: number, resolve: (name: string) => string = () => '127.0.0.1'): Promise<unknown[]> {
  const upstreams = new Upstreams({
    allow: ['127.0.0.0/8'],
    userAgent: 'havre/test',
    authorities,
    clock: new EgressClock(),
    resolve: async (name) => [resolve(name)],
  });
  const account = generic.open(
    {
      url: parseRegistryUrl(`registry.example.org:${port}`),
      form: 'password',
      username: 'robot',
      secret: SECRET,
      fields: {},
    },
    { http: upstreams.open({ purpose: 'registries' }), now: Date.now },
  );
  const { signal } = new AbortController();
  const caught = (error: unknown): unknown => error;
  return [
    await account.check({ repository: 'team/app' }, signal).catch(caught),
    await account.tags('team/app', { limit: 10 }, signal).catch(caught),
  ];
}

function knowsSecret(got: readonly string[]): boolean {
  return got.some((request) => SENT.some((form) => request.includes(form)));
}

describe('a password for somebody else: CVE-2026-33540 (distribution), CVE-2020-15157 (containerd)', () => {
  const strangers = ['evil.example', 'registry.example.org.evil.example'] as const;
  for (const host of strangers) {
    it(`is not given to a token service of another domain: ${host}`, async () => {
      const evil = server(token);
      const registry = server(
        challenge(`Bearer realm="https://${host}:${evil.port}/token",service="registry.example.org"`),
      );
      const outcomes = await used(registry.port);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ diagnosis: 'denied-here' });
      expect(String(outcomes[0])).toContain(host);
      expect(knowsSecret(evil.got)).toBe(false);
    });
  }

  it('is given to the token service of its own domain', async () => {
    const auth = server(token);
    const registry = server((request) =>
      request.headers.get('authorization') === 'Bearer taken'
        ? Response.json({ tags: [] })
        : challenge(`Bearer realm="https://auth.example.org:${auth.port}/token"`)(),
    );
    await used(registry.port);
    expect(knowsSecret(auth.got)).toBe(true);
    expect(knowsSecret(registry.got)).toBe(false);
  });

  it('is not taken along where the token service redirects to another', async () => {
    const evil = server(token);
    const auth = server(() => Response.redirect(`https://evil.example:${evil.port}/token`, 307));
    const registry = server(challenge(`Bearer realm="https://auth.example.org:${auth.port}/token"`));
    await used(registry.port);
    expect(knowsSecret(auth.got)).toBe(true);
    expect(knowsSecret(evil.got)).toBe(false);
  });

  it('is not given by http, to the registry’s own name neither', async () => {
    const plain = server(token, true);
    for (const host of ['registry.example.org', 'auth.example.org']) {
      const registry = server(challenge(`Bearer realm="http://${host}:${plain.port}/token"`));
      for (const outcome of await used(registry.port)) expect(outcome).toMatchObject({ diagnosis: 'denied-here' });
    }
    expect(plain.got).toEqual([]);
  });

  for (const realm of [
    'https://127.0.0.1/token',
    'https://169.254.169.254/token',
    'https://[::ffff:a9fe:a9fe]/token',
  ]) {
    it(`is not given to an address inside: ${realm}`, async () => {
      const registry = server(challenge(`Bearer realm="${realm}"`));
      for (const outcome of await used(registry.port)) expect(outcome).toMatchObject({ diagnosis: 'denied-here' });
    });
  }

  it('is not given to a name of its own domain that leads to metadata', async () => {
    const registry = server(challenge('Bearer realm="https://metadata.example.org/token"'));
    const outcomes = await used(registry.port, (name) =>
      name.startsWith('metadata') ? '169.254.169.254' : '127.0.0.1',
    );
    for (const outcome of outcomes) expect(outcome).toMatchObject({ diagnosis: 'denied-here' });
  });

  it('is not given to who is redirected to, and then asks for it', async () => {
    const evil = server(challenge('Basic realm="please"'));
    const registry = server(() => Response.redirect(`https://evil.example:${evil.port}/v2/`, 307));
    await used(registry.port);
    expect(evil.got.length).toBeGreaterThan(0);
    expect(knowsSecret(evil.got)).toBe(false);
  });

  it('is not given where the next page is said to be', async () => {
    const evil = server(() => Response.json({ tags: ['b'] }));
    const registry = server((request) => {
      if (request.headers.get('authorization') === null) return challenge('Basic realm="registry"')();
      const next = `<https://evil.example:${evil.port}/v2/team/app/tags/list?n=1&last=a>; rel="next"`;
      return Response.json({ name: 'team/app', tags: ['a'] }, { headers: { Link: next } });
    });
    await used(registry.port);
    expect(knowsSecret(registry.got)).toBe(true);
    expect(knowsSecret(evil.got)).toBe(false);
  });

  it('is in nothing that is said to have gone wrong, whatever is said back', async () => {
    const registry = server((request) => {
      const said = `${request.headers.get('authorization') ?? ''} ${SENT.join(' ')}`;
      const headers = { 'WWW-Authenticate': 'Basic realm="registry"' };
      return Response.json({ errors: [{ code: 'DENIED', message: said }] }, { status: 401, headers });
    });
    for (const outcome of await used(registry.port)) {
      expect(outcome).toBeInstanceOf(ProviderError);
      expect(knowsSecret([Bun.inspect(outcome), JSON.stringify(outcome)])).toBe(false);
    }
  });
});
