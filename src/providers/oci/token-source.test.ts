import { describe, expect, it } from 'bun:test';
import type { UpstreamAnswer, UpstreamRequest } from '../../egress/upstream-http.ts';
import { ProviderError } from '../provider-error.ts';
import { OciSession } from './oci-session.ts';
import { TokenSource } from './token-source.ts';

const { signal } = new AbortController();
const REALM = new URL('https://auth.example.org/token');
const HOUR = 3_600_000;

/** A token service that says what the test wants, and how often it was asked. */
function service(document: (count: number) => object) {
  const clock = { now: 0 };
  let asked = 0;
  const send = async ({ url }: UpstreamRequest): Promise<UpstreamAnswer> => {
    asked += 1;
    return { status: 200, headers: new Map(), body: Buffer.from(JSON.stringify(document(asked))), url };
  };
  const source = new TokenSource({ name: 'r.example.org', tools: { http: { send }, now: () => clock.now } });
  const get = async (...scopes: string[]): Promise<string> => {
    const wanted = { realm: REALM, service: undefined, isStranger: false, scopes, login: undefined };
    return (await source.get(wanted, signal)).text;
  };
  return { clock, get, source, asked: () => asked };
}

describe('a token', () => {
  it('is used for as long as it counts, and asked for once', async () => {
    const { get, clock, asked } = service((count) => ({ token: `token-${count}`, expires_in: 300 }));
    expect(await Promise.all([get('a'), get('a')])).toEqual(['token-1', 'token-1']);
    clock.now = 271_000;
    expect([await get('a'), asked()]).toEqual(['token-2', 2]);
  });

  it('is not used for days, whatever the service says', async () => {
    const { get, clock } = service((count) => ({ token: `token-${count}`, expires_in: 1e9 }));
    await get('a');
    clock.now = HOUR;
    expect(await get('a')).toBe('token-2');
  });

  it('that has ended stays in memory no longer than until the next one', async () => {
    const { get, clock, source } = service((count) => ({ token: `token-${count}` }));
    for (let number = 0; number < 250; number += 1) await get(`scope ${number}`);
    expect(source.texts).toHaveLength(200);
    clock.now = HOUR;
    await get('another');
    expect(source.texts).toEqual(['token-251']);
  });

  it('of enormous length is none', async () => {
    const { get, source } = service(() => ({ token: 'x'.repeat(40_000) }));
    expect(await get('a').catch((error: unknown) => error)).toMatchObject({ diagnosis: 'malformed' });
    expect(source.texts).toEqual([]);
  });

  it('is in no message, though the registry repeats it', async () => {
    const token = 'opaque-token-of-the-registry';
    const send = async ({ url, headers = {} }: UpstreamRequest): Promise<UpstreamAnswer> => {
      const answer = (status: number, document: object, header: readonly [string, string][] = []): UpstreamAnswer => ({
        status,
        headers: new Map(header),
        body: Buffer.from(JSON.stringify(document)),
        url,
      });
      if (url.startsWith(REALM.href)) return answer(200, { token });
      const said = headers['Authorization']?.replace('Bearer ', '') ?? 'nobody';
      const challenge = ['www-authenticate', `Bearer realm="${REALM.href}"`] as const;
      if (said === 'nobody') return answer(401, {}, [[...challenge]]);
      return answer(403, { errors: [{ code: 'DENIED', message: `this is not for ${said}` }] });
    };
    const session = new OciSession({
      name: 'r.example.org',
      origin: 'https://r.example.org',
      login: async () => await Promise.resolve({ username: 'ada', password: 'the-password' }),
      tools: { http: { send }, now: () => 0 },
    });
    const answer = await session.send({ method: 'GET', path: '/v2/', scopes: ['a'], signal });
    const refusal = session.refusalOf(answer, 'looking');
    expect(refusal).toBeInstanceOf(ProviderError);
    expect(refusal.message).toContain('this is not for ***');
    expect(session.saidBy(answer)).not.toContain(token);
  });
});
