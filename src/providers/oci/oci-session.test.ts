import { expect, test } from 'bun:test';
import type { UpstreamAnswer, UpstreamRequest } from '../../egress/upstream-http.ts';
import { OciSession } from './oci-session.ts';
import { tryPush } from './trials.ts';

const ORIGIN = 'https://registry.example.org';

/** A registry that opens uploads at a place of its choice, and where it was called. */
async function placesOfUpload(location: string): Promise<readonly string[]> {
  const asked: string[] = [];
  const send = async ({ method, url, headers = {} }: UpstreamRequest): Promise<UpstreamAnswer> => {
    const isKnown = headers['Authorization'] !== undefined;
    if (isKnown) asked.push(`${method} ${url}`);
    const said = isKnown ? (['location', location] as const) : (['www-authenticate', 'Basic realm="r"'] as const);
    return { status: isKnown ? 202 : 401, headers: new Map([said]), body: new Uint8Array(), url };
  };
  const session = new OciSession({
    name: 'registry.example.org',
    origin: ORIGIN,
    login: async () => ({ username: 'ship', password: 'cargo-of-the-ship' }),
    tools: { http: { send }, now: () => 0 },
  });
  await tryPush({ session, repository: 'team/app', signal: new AbortController().signal });
  return asked;
}

test.each([
  'https://proxy.example.net/v2/upload/1?state=a',
  'https://proxy.example.net//evil.example.net/v2/upload/1?state=a',
  String.raw`https://proxy.example.net/\evil.example.net/v2/upload/1?state=a`,
  '//evil.example.net/v2/upload/1?state=a',
  '////evil.example.net/v2/upload/1?state=a',
  'http://registry.example.org//evil.example.net/v2/upload/1?state=a',
])('an upload at %s is sent to the registry, with its password, and nowhere else', async (location) => {
  const asked = await placesOfUpload(location);
  expect(asked).toHaveLength(2);
  expect(asked.map((line) => new URL(line.split(' ')[1] ?? '').origin)).toEqual([ORIGIN, ORIGIN]);
  expect(asked[1]).toEndWith('/v2/upload/1?state=a');
});

/** What is asked of a token service that the registry names. */
async function askedOfRealm(realm: string, isPublic: boolean): Promise<readonly UpstreamRequest[]> {
  const asked: UpstreamRequest[] = [];
  const send = async (request: UpstreamRequest): Promise<UpstreamAnswer> => {
    const { url } = request;
    const challenge = ['www-authenticate', `Bearer realm="${realm}"`] as const;
    if (url.startsWith(ORIGIN))
      return { status: 401, headers: new Map([challenge]), body: new Uint8Array(), url, isPublic };
    asked.push(request);
    return { status: 200, headers: new Map(), body: Buffer.from('{"token":"abc"}'), url };
  };
  const tools = { http: { send }, now: () => 0 };
  const session = new OciSession({ name: 'registry.example.org', origin: ORIGIN, login: async () => undefined, tools });
  await session.send({ method: 'GET', path: '/v2/', scopes: [], signal: new AbortController().signal });
  return asked;
}

test('a token service of another domain gets no certificate of ours', async () => {
  expect(await askedOfRealm('https://evil.example.net/token', true)).toMatchObject([{ isElsewhere: true }]);
  expect(await askedOfRealm('https://auth.example.org/token', true)).toMatchObject([{ isElsewhere: false }]);
});

test('a registry of the public network sends us for a token to no address of ours, however it is named', async () => {
  expect(await askedOfRealm('https://auth.example.org/token', true)).toMatchObject([{ isPublicOnly: true }]);
  expect(await askedOfRealm('https://auth.example.org/token', false)).toMatchObject([{ isPublicOnly: false }]);
});
