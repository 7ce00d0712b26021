import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'bun:test';
import { temporaryFolder } from '../../test/support/folders.ts';
import { createSite, type Site } from './site.ts';

const HTML = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };
let site: Site;

beforeAll(async () => {
  const folder = temporaryFolder('site');
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Havre</title>');
  await writeFile(join(folder, 'theme.js'), 'theme');
  await writeFile(join(folder, 'assets/main-1a2b.js'), 'plain script');
  await writeFile(join(folder, 'assets/main-1a2b.js.gz'), 'gzipped');
  await writeFile(join(folder, 'assets/main-1a2b.js.br'), 'brotli');
  site = createSite(folder);
});

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  const answer = site(new Request(`http://havre.test${path}`, { method, headers }), path);
  return (await answer) ?? new Response('not of the console', { status: 599 });
}

describe('the console', () => {
  it.each(['/', '/login', '/repositories/team/app', '/images/team/app:1.4', '/images/team/app@sha256:00'])(
    'is one page, also at %s',
    async (path) => {
      const response = await ask(path, HTML);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('<title>Havre</title>');
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
    },
  );

  it.each(['/v2/', '/v2/team/app/manifests/1', '/api/v1/tokens', '/cloud/project/x', '/token', '/metrics', '/livez'])(
    'leaves %s to the registry',
    async (path) => expect((await ask(path, HTML)).status).toBe(599),
  );

  it('is not shown to programs, nor to whoever wants to change something', async () => {
    expect((await ask('/repositories', { accept: 'application/json' })).status).toBe(599);
    expect((await ask('/')).status).toBe(599);
    expect((await ask('/', HTML, 'POST')).status).toBe(599);
  });

  it('allows a page its own scripts, and nothing else', async () => {
    const { headers } = await ask('/', HTML);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('keeps what is named by its content for ever, and asks again for the rest', async () => {
    expect((await ask('/assets/main-1a2b.js')).headers.get('cache-control')).toContain('immutable');
    expect((await ask('/theme.js')).headers.get('cache-control')).toBe('no-cache');
  });

  it.each([
    ['gzip, deflate, br', 'br', 'brotli'],
    ['gzip', 'gzip', 'gzipped'],
    ['br;q=0, gzip', 'gzip', 'gzipped'],
    ['identity', null, 'plain script'],
  ])('to %s gives %s', async (accepted, encoding, text) => {
    const response = await ask('/assets/main-1a2b.js', { 'accept-encoding': accepted });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(response.headers.get('vary')).toBe('Accept-Encoding');
    expect(await response.text()).toBe(text);
  });

  it('says that nothing changed to whoever has it', async () => {
    const etag = (await ask('/', HTML)).headers.get('etag') ?? '';
    const again = await ask('/', { ...HTML, 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect((await ask('/', { ...HTML, 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('answers HEAD with the length, and no body', async () => {
    const response = await ask('/theme.js', {}, 'HEAD');
    expect(response.headers.get('content-length')).toBe('5');
    expect(await response.text()).toBe('');
  });

  it.each(['/assets/gone.js', '/favicon.ico', '/assets/.hidden.js'])('has no file %s', async (path) => {
    const response = await ask(path, { accept: '*/*' });
    expect([404, 599]).toContain(response.status);
  });

  it.each(['/../package.json', '/assets/../../package.json', '/%2e%2e/package.json', '/assets/..%2findex.html'])(
    'never leads out of its folder: %s',
    async (path) => {
      const response = await ask(path, HTML);
      expect(await response.text()).not.toContain('"name"');
    },
  );

  it('says what to do where it is not built', async () => {
    const unbuilt = createSite(temporaryFolder('unbuilt'));
    const response = await unbuilt(new Request('http://havre.test/', { headers: HTML }), '/');
    expect(response?.status).toBe(503);
    expect(await response?.text()).toContain('npm run build:console');
  });
});
