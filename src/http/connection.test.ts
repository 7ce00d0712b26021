import { afterEach, describe, expect, it } from 'bun:test';
import { z } from 'zod';
import { type Listener, openListener } from './listener.ts';

const Seen = z.object({ source: z.string(), secure: z.boolean(), host: z.string(), requestId: z.string() });
const running: Listener[] = [];

afterEach(async () => {
  for (const listener of running.splice(0)) await listener.stop(0);
});

async function ask(trustedProxies: readonly string[], headers: Record<string, string>): Promise<z.infer<typeof Seen>> {
  const listener = await openListener({ address: '127.0.0.1:0', trustedProxies }, (_request, connection) =>
    Response.json({
      source: connection.source,
      secure: connection.secure,
      host: connection.host,
      requestId: connection.requestId,
    }),
  );
  running.push(listener);
  return Seen.parse(await (await fetch(listener.url, { headers })).json());
}

const FORWARDED = {
  Host: 'inner.lan',
  'X-Forwarded-For': '203.0.113.9, 198.51.100.4',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'hub.example.org',
  'X-Request-Id': 'trace-1',
};

describe('a request through a proxy', () => {
  it('is as the proxy says, when the proxy is listed', async () => {
    expect(await ask(['127.0.0.0/8'], FORWARDED)).toEqual({
      source: '198.51.100.4',
      secure: true,
      host: 'hub.example.org',
      requestId: 'trace-1',
    });
  });

  it('is as it came, when the proxy is not', async () => {
    for (const proxies of [[], ['10.0.0.0/8']]) {
      const seen = await ask(proxies, FORWARDED);
      expect(seen).toMatchObject({ source: '127.0.0.1', secure: false, host: 'inner.lan' });
      expect(seen.requestId).not.toBe('trace-1');
    }
  });

  for (const id of ['', 'a b', 'x'.repeat(129), 'a"b', '{}']) {
    it(`gets an id of our own instead of ${JSON.stringify(id.slice(0, 9))}`, async () => {
      const { requestId } = await ask(['127.0.0.1'], { 'X-Request-Id': id });
      expect(requestId).not.toBe(id);
      expect(requestId).toMatch(/^[0-9a-z-]+$/);
    });
  }
});

describe('the name a client calls us by', () => {
  for (const host of ['a b', 'a/b', 'a"b', 'user@a', 'a?b', 'a:b']) {
    it(`is not taken when it is ${JSON.stringify(host)}`, async () => {
      expect(await ask([], { Host: host })).toMatchObject({ host: 'localhost' });
    });
  }

  for (const host of ['Hub.lan', 'hub.lan:5000', '192.0.2.1', '[2001:db8::1]:443', 'under_score.lan']) {
    it(`is taken when it is ${host}`, async () => {
      expect(await ask([], { Host: host })).toMatchObject({ host });
    });
  }
});
