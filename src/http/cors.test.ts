import { afterEach, describe, expect, it } from 'bun:test';
import { CorsOptionsError, type CorsOptions, withCors } from './cors.ts';
import { type Listener, openListener } from './listener.ts';

const running: Listener[] = [];

afterEach(async () => {
  for (const listener of running.splice(0)) await listener.stop(0);
});

const OPTIONS: CorsOptions = {
  allowedOrigins: ['https://ui.example.org', 'http://localhost:3000'],
  allowCredentials: false,
  allowedHeaders: ['Authorization', 'Content-Type'],
  exposedHeaders: ['Docker-Content-Digest', 'Link'],
};

async function ask(options: Partial<CorsOptions>, init: RequestInit): Promise<Response> {
  const handler = withCors(
    { ...OPTIONS, ...options },
    (request) => new Response('body', { headers: { 'X-Method': request.method } }),
  );
  const listener = await openListener({ address: '127.0.0.1:0' }, handler);
  running.push(listener);
  return fetch(listener.url, init);
}

const PREFLIGHT = {
  method: 'OPTIONS',
  headers: {
    Origin: 'https://ui.example.org',
    'Access-Control-Request-Method': 'PATCH',
    'Access-Control-Request-Headers': 'authorization',
  },
};

describe('CORS', () => {
  it('is off by default: not even a header', () => {
    const handler = () => new Response('body');
    expect(withCors({ ...OPTIONS, allowedOrigins: [] }, handler)).toBe(handler);
  });

  it('answers a preflight request without asking anybody', async () => {
    const response = await ask({}, PREFLIGHT);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://ui.example.org');
    expect(response.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(response.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('x-method')).toBeNull();
  });

  it('lets a listed origin read the reply and its headers', async () => {
    const response = await ask({}, { headers: { Origin: 'http://localhost:3000' } });
    expect(await response.text()).toBe('body');
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect(response.headers.get('access-control-expose-headers')).toBe('Docker-Content-Digest, Link');
    expect(response.headers.get('vary')).toBe('Origin');
  });

  for (const origin of [
    'https://evil.example.org',
    'https://ui.example.org.evil.net',
    'http://ui.example.org',
    'https://ui.example.org:443',
    'null',
    '*',
  ]) {
    it(`allows ${origin} nothing`, async () => {
      for (const init of [
        { headers: { Origin: origin } },
        { ...PREFLIGHT, headers: { ...PREFLIGHT.headers, Origin: origin } },
      ]) {
        const response = await ask({}, init);
        expect(response.ok).toBe(true);
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
        expect(response.headers.get('access-control-allow-methods')).toBeNull();
        expect(response.headers.get('vary')).toBe('Origin');
      }
    });
  }

  it('allows credentials to listed origins when told', async () => {
    const response = await ask({ allowCredentials: true }, PREFLIGHT);
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
  });

  it('never allows credentials to everybody', () => {
    expect(() => withCors({ ...OPTIONS, allowedOrigins: ['*'], allowCredentials: true }, () => new Response())).toThrow(
      CorsOptionsError,
    );
  });

  it('says * to everybody when told', async () => {
    const response = await ask({ allowedOrigins: ['*'] }, { headers: { Origin: 'https://anybody.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('vary')).toBeNull();
  });

  it('leaves an OPTIONS request that is no preflight to the handler', async () => {
    const response = await ask({}, { method: 'OPTIONS', headers: { Origin: 'https://ui.example.org' } });
    expect(response.headers.get('x-method')).toBe('OPTIONS');
  });
});
