import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { redirectToHttps } from './https-redirect.ts';
import { type Listener, openListener } from './listener.ts';

let standard: Listener;
let other: Listener;

beforeAll(async () => {
  standard = await openListener({ address: '127.0.0.1:0' }, redirectToHttps(443));
  other = await openListener({ address: '127.0.0.1:0' }, redirectToHttps(5443));
});
afterAll(async () => {
  await standard.stop(0);
  await other.stop(0);
});

function ask(listener: Listener, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(listener.url + path, { redirect: 'manual', ...init });
}

describe('plain HTTP beside HTTPS', () => {
  for (const method of ['GET', 'HEAD']) {
    it(`sends ${method} to the same path`, async () => {
      const response = await ask(standard, '/v2/a/tags/list?n=1&last=%2F', { method });
      expect(response.status).toBe(308);
      expect(response.headers.get('location')).toBe('https://127.0.0.1/v2/a/tags/list?n=1&last=%2F');
    });
  }

  it('names the port when it is not the usual one, and the host as it was called', async () => {
    const response = await ask(other, '/v2/', { headers: { Host: 'Hub.lan:5000' } });
    expect(response.headers.get('location')).toBe('https://Hub.lan:5443/v2/');
    const ipv6 = await ask(other, '/v2/', { headers: { Host: '[::1]:5000' } });
    expect(ipv6.headers.get('location')).toBe('https://[::1]:5443/v2/');
  });

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    it(`refuses ${method}, and says where to go`, async () => {
      const response = await ask(other, '/v2/', { method });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('https://127.0.0.1:5443');
    });
  }

  it('cannot be sent to another host by a path', async () => {
    const response = await ask(standard, '//evil.example/');
    expect(response.headers.get('location')).toStartWith('https://127.0.0.1/');
  });
});
